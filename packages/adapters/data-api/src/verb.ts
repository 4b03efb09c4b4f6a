import { type Dialect, lex } from '@sqlport/dialect';

const VERBS = new Set(['select', 'insert', 'update', 'delete', 'merge', 'replace', 'values', 'table']);

/** What a statement that begins with WITH does: the first verb outside of parentheses; '' where there is none. */
export function verbOf(text: string, dialect: Dialect): string {
  let depth = 0;
  let verb = '';
  lex(text, dialect, (kind, start, end) => {
    if (kind === 'punctuation' && text[start] === '(') depth += 1;
    else if (kind === 'punctuation' && text[start] === ')') depth -= 1;
    else if (kind === 'word' && depth === 0) {
      const word = text.slice(start, end).toLowerCase();
      if (VERBS.has(word)) verb = word;
    }
    return verb !== '';
  });
  return verb;
}
