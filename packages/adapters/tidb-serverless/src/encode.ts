import { fromSqlTextError, type Statement } from '@sqlport/core/spi';
import { interpolate, lex, onlyReads, planOf } from '@sqlport/dialect';
import type { Need } from './server-settings.ts';

/** A statement as it is sent: its text, with every parameter as a literal. */
export interface EncodedStatement {
  readonly text: string;
  /** What it relies on, of settings of the server that are not ours. */
  readonly needs: readonly Need[];
}

/** Statements that change no data, though they are no reading either. */
const CHANGES_NO_DATA: ReadonlySet<string> = new Set(['savepoint', 'release', 'rollback', 'set', 'use', 'kill']);

/** False where a statement certainly changes no data. */
export function mayWrite(text: string): boolean {
  return !onlyReads(text) && !CHANGES_NO_DATA.has(planOf(text, 'mysql').keyword);
}

/** Throws `DATA` where a parameter cannot be a literal. */
export function encode(statement: Statement): EncodedStatement {
  const { text, params } = statement;
  try {
    const needs: Need[] = [];
    if (mayWrite(text)) needs.push('strict');
    if (params.some((param) => param instanceof Date)) needs.push('utc');
    // Parameters are literals of ASCII that read the same everywhere; what the caller wrote is not.
    if (/[\\"]/.test(text)) needs.push(...quotingNeeds(text));
    if (/[^\0-\x7f]/.test(text)) needs.push('utf8-statements');
    return { text: interpolate(statement, 'mysql', { asciiOnly: true }), needs };
  } catch (error) {
    throw fromSqlTextError(error);
  }
}

/** What the literals of a text rely on. */
function quotingNeeds(text: string): readonly Need[] {
  const needs = new Set<Need>();
  lex(text, 'mysql', (kind, start, end) => {
    if (kind !== 'string') return false;
    if (text.slice(start, end).includes('\\')) needs.add('backslashes');
    if (text[start] === '"') needs.add('double-quotes');
    return false;
  });
  return [...needs];
}
