import { fromSqlTextError, type Statement } from '@sqlport/core/spi';
import { interpolate, onlyReads, planOf, statementNeeds } from '@sqlport/dialect';
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
  const { text } = statement;
  try {
    // Parameters are literals of ASCII that read the same everywhere; what the caller wrote is not.
    const needs: Need[] = statementNeeds(statement);
    if (/[^\0-\x7f]/.test(text)) needs.push('utf8-statements');
    if (mayWrite(text)) needs.push('strict');
    return { text: interpolate(statement, 'mysql', { asciiOnly: true }), needs };
  } catch (error) {
    throw fromSqlTextError(error);
  }
}
