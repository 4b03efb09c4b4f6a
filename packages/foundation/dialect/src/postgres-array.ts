import { SqlTextError } from './sql-text-error.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/**
 * Reads an array as PostgreSQL prints it: `{1,NULL,"a \"b\""}`, nested to any depth, also with explicit bounds
 * (`[0:1]={1,2}`), which are dropped. Only an unquoted NULL is null. Throws `DATA` for anything else.
 */
export function decodeArray(text: string, delimiter: string, decode: (element: string) => unknown): unknown[] {
  const separator = delimiter.charCodeAt(0);
  let position = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  const array = list();
  if (position !== text.length) throw malformed();
  return array;

  function list(): unknown[] {
    const elements: unknown[] = [];
    if (text.charCodeAt(position++) !== OPEN) throw malformed();
    if (text.charCodeAt(position) === CLOSE) {
      position++;
      return elements;
    }
    for (;;) {
      elements.push(element());
      const code = text.charCodeAt(position++);
      if (code === CLOSE) return elements;
      if (code !== separator) throw malformed();
    }
  }

  function element(): unknown {
    const code = text.charCodeAt(position);
    if (code === OPEN) return list();
    if (code === QUOTE) return decode(quoted());
    const start = position;
    while (position < text.length && !isEnd(text.charCodeAt(position))) position++;
    const plain = text.slice(start, position);
    return plain === 'NULL' ? null : decode(plain);
  }

  function isEnd(code: number): boolean {
    return code === separator || code === CLOSE;
  }

  function quoted(): string {
    const start = ++position;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(position);
      if (code === QUOTE) break;
      if (Number.isNaN(code)) throw malformed();
      if (code === BACKSLASH) {
        escaped = true;
        position++;
      }
      position++;
    }
    const content = text.slice(start, position++);
    return escaped ? content.replace(/\\(.)/gs, '$1') : content;
  }
}

function malformed(): SqlTextError {
  return new SqlTextError('DATA', 'The server sent an array that cannot be read.');
}
