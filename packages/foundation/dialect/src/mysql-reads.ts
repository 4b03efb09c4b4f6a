import { lex } from './lexer.ts';

/** First words of statements that may be nothing but reading. */
const READING: ReadonlySet<string> = new Set('select with table values show desc describe explain help'.split(' '));

/** Words that change something wherever they stand, but for those that {@link onlyReads} looks at closer. */
const CHANGING: ReadonlySet<string> = new Set(
  'insert update delete replace into load call execute nextval setval'.split(' '),
);

/**
 * Whether a MySQL or TiDB statement certainly changes no data: for wires whose server has no read-only transactions.
 * In doubt it does not: an unquoted column named `into`, or EXPLAIN of a statement that writes. What functions do is not seen.
 */
export function onlyReads(text: string): boolean {
  let first = true;
  let reads = false;
  let previous = '';
  lex(text, 'mysql', (kind, start, end) => {
    if (kind === 'comment') {
      // To TiDB, and not to MySQL, what stands in it is code.
      const isCode = text.startsWith('/*T!', start);
      if (isCode) reads = false;
      return isCode;
    }
    const token = text.slice(start, end).toLowerCase();
    if (kind === 'word') {
      if (first) reads = READING.has(token);
      first = false;
      if (previous !== '.' && changes(token, previous, text[end])) reads = false;
    } else if (token !== '(') first = false;
    previous = token;
    return !first && !reads;
  });
  return reads;
}

function changes(word: string, previous: string, next: string | undefined): boolean {
  // The locking clause, and the string functions.
  if (word === 'update' && previous === 'for') return false;
  if ((word === 'insert' || word === 'replace') && next === '(') return false;
  // NEXT VALUE FOR a sequence.
  if (word === 'value') return previous === 'next';
  return CHANGING.has(word);
}
