import type { Dialect } from './dialect.ts';
import { lex } from './lexer.ts';

/** Longest result, in UTF-16 units. */
const MAX_LENGTH = 2_000;

/**
 * A text that may be logged: every literal is `?`, comments are gone, white space is one blank. Placeholders, keywords
 * and identifiers stay. Text that is not closed counts as a literal to its end. Longer than 2,000 characters, the
 * result is cut and ends with `…`.
 */
export function withoutLiterals(text: string, dialect: Dialect): string {
  let out = '';
  let last = 0;
  lex(text, dialect, (kind, start, end) => {
    if (kind === 'comment') return false;
    if (start > last && out) out += ' ';
    out += kind === 'string' || kind === 'number' ? '?' : text.slice(start, Math.min(end, start + MAX_LENGTH));
    last = end;
    return out.length > MAX_LENGTH;
  });
  return out.length > MAX_LENGTH ? `${out.slice(0, MAX_LENGTH - 1)}…` : out;
}
