import { fromSqlTextError, type Statement } from '@sqlport/core/spi';
import { interpolate, planOf } from '@sqlport/dialect';
import { scannerSafe } from './scanner-safe.ts';
import { verbOf } from './verb.ts';

/** A statement as it is sent: one text, with every parameter as a literal. */
export interface EncodedStatement {
  readonly text: string;
  /** What it does, in lower case: of `WITH … INSERT …` it is `insert`. */
  readonly verb: string;
}

/** Throws `DATA` where a parameter cannot be a literal. */
export function encode({ text, params }: Statement, engine: 'mysql' | 'postgres'): EncodedStatement {
  try {
    const safe = scannerSafe(text, engine);
    const { keyword } = planOf(safe, engine);
    const verb = keyword === 'with' ? verbOf(safe, engine) : keyword;
    // Whatever the character set of the API's own sessions is, ASCII reads the same in it.
    return { text: interpolate({ text: safe, params }, engine, { asciiOnly: engine === 'mysql' }), verb };
  } catch (error) {
    throw fromSqlTextError(error);
  }
}
