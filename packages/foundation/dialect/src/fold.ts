import type { Dialect } from './dialect.ts';
import { lex } from './lexer.ts';
import { planOf } from './plan.ts';
import { replacePlaceholders } from './replace-placeholders.ts';
import type { Statement } from './statement.ts';
import { JsonParam, type SqlValue } from './value.ts';

/** An INSERT of one row, taken apart so that it can be put together with several. */
export interface FoldedInsert {
  /** Up to the row, VALUES included. */
  readonly head: string;
  /** The row with its parentheses and placeholders. */
  readonly row: string;
  /** What follows the row: nothing, `ON CONFLICT … DO NOTHING`, or `ON DUPLICATE KEY UPDATE …`. */
  readonly tail: string;
  /** Parameters of a row. */
  readonly rowParameters: number;
}

/** Bounds of the statements that {@link foldStatements} makes. A single row may exceed them. */
export interface FoldLimits {
  readonly maxParameters: number;
  /** Of the text with its literals, or the text and the parameters: estimated, never too low. */
  readonly maxStatementBytes: number;
}

/** Longest text that is taken apart, in UTF-16 units: much longer rows gain nothing. */
const MAX_TEXT = 65_536;

/** Before VALUES: options under which a row that fails is skipped or put off, and INSERT … SELECT. */
const NOT_IN_HEAD = /\b(ignore|delayed|low_priority|high_priority|select)\b/;
/** In the row: what may depend on the rows before it. */
const NOT_IN_ROW = /\b(select|values|table|last_insert_id|row_count|found_rows|lastval|currval)\b/;
/** After the row. DO UPDATE would fail (21000) where two rows of one statement meet on a key. */
const POSTGRES_TAIL = /^(on conflict\b.*\bdo nothing)?$/;
/** After the row. MySQL updates row by row, as single statements would. */
const MYSQL_TAIL = /^((as|on duplicate key update)\b(?!.*\bselect\b).*)?$/;

/**
 * Takes a plain `INSERT … VALUES (…)` apart (on MySQL also REPLACE), for `executeMany`. Undefined for everything else:
 * several rows, placeholders outside of the row, RETURNING, subqueries, and whatever makes one statement of many rows
 * differ from many statements.
 */
export function foldInsert(text: string, dialect: Dialect): FoldedInsert | undefined {
  const mysql = dialect === 'mysql';
  const { statements, named, positional } = planOf(text, dialect);
  if (statements !== 1 || named.length || !positional.length || text.length > MAX_TEXT) return undefined;

  /** The tokens: words and punctuation in lower case, others by their kind. */
  const tokens: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let plain = true;
  lex(text, dialect, (kind, start, end) => {
    if (kind === 'comment') {
      // Some servers take the content of a version comment for code, others do not.
      if (mysql && text.startsWith('/*!', start)) plain = false;
    } else if (text[start] !== ';') {
      tokens.push(kind === 'word' || kind === 'punctuation' ? text.slice(start, end).toLowerCase() : kind);
      starts.push(start);
      ends.push(end);
    }
    return !plain;
  });

  const open = tokens.indexOf('values') + 1;
  const close = closing(tokens, open);
  const head = tokens.slice(0, open).join(' ');
  const row = tokens.slice(open, close + 1).join(' ');
  const tail = tokens.slice(close + 1).join(' ');
  if (!plain || !close || !(mysql ? /^(insert|replace)\b/ : /^insert\b/).test(head)) return undefined;
  if (NOT_IN_HEAD.test(head) || NOT_IN_ROW.test(row) || !(mysql ? MYSQL_TAIL : POSTGRES_TAIL).test(tail))
    return undefined;

  const rowStart = starts[open]!;
  const rowEnd = ends[close]!;
  if (positional.some(({ start }) => start < rowStart || start > rowEnd)) return undefined;
  return {
    head: text.slice(0, rowStart),
    row: text.slice(rowStart, rowEnd),
    tail: text.slice(rowEnd, ends.at(-1)),
    rowParameters: positional.reduce((most, { index }) => Math.max(most, index! + 1), 0),
  };
}

/** Where the parenthesis at `open` is closed; 0 where there is none, or it is not closed. */
function closing(tokens: readonly string[], open: number): number {
  if (tokens[open] !== '(') return 0;
  for (let at = open, depth = 0; at < tokens.length; at++) {
    if (tokens[at] === '(') depth++;
    else if (tokens[at] === ')' && --depth === 0) return at;
  }
  return 0;
}

/** Puts the rows of `paramSets` into as few statements as the limits allow, in order. Each set fits one row. */
export function foldStatements(
  fold: FoldedInsert,
  paramSets: readonly (readonly SqlValue[])[],
  dialect: Dialect,
  limits: FoldLimits,
): Statement[] {
  const { head, row, tail, rowParameters } = fold;
  const maxRows = Math.max(1, Math.floor(limits.maxParameters / rowParameters));
  // A UTF-16 unit is three bytes at most, a number as `$65535` six.
  const textBytes = 3 * (head.length + tail.length);
  const rowBytes = 3 * row.length + 6 * rowParameters + 2;
  const statements: Statement[] = [];
  let rows = 0;
  let bytes = textBytes;
  let params: SqlValue[] = [];
  for (const set of paramSets) {
    const size = rowBytes + sizeOf(set);
    if (rows > 0 && (rows >= maxRows || bytes + size > limits.maxStatementBytes)) {
      statements.push({ text: textOf(rows), params });
      rows = 0;
      bytes = textBytes;
      params = [];
    }
    rows++;
    bytes += size;
    for (const value of set) params.push(value);
  }
  if (rows > 0) statements.push({ text: textOf(rows), params });
  return statements;

  function textOf(count: number): string {
    // The same string for the same number of rows, so that plans and prepared statements are found again.
    const last = statements.at(-1);
    if (last && last.params.length === count * rowParameters) return last.text;
    const { positional } = planOf(row, dialect);
    const copies = Array.from({ length: count }, (_, at) =>
      dialect === 'mysql'
        ? row
        : replacePlaceholders(row, positional, ({ index }) => `$${at * rowParameters + index! + 1}`),
    );
    return head + copies.join(', ') + tail;
  }
}

/** Bytes of a value on any wire, rather too many. */
function sizeOf(value: SqlValue): number {
  if (typeof value === 'string') {
    // Quotes and backslashes are doubled, or all characters become two hexadecimal digits; beyond ASCII six.
    return (PRINTABLE_ASCII.test(value) ? 2 : 6) * value.length + 16;
  }
  if (typeof value === 'number' || typeof value === 'bigint') return String(value).length + 4;
  if (value instanceof JsonParam) return sizeOf(value.text);
  if (value instanceof Uint8Array) return 2 * value.length + 16;
  if (Array.isArray(value)) return value.reduce((sum, element) => sum + sizeOf(element) + 6, 16);
  return 32;
}

const PRINTABLE_ASCII = /^[ -~]*$/;
