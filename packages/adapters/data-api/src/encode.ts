import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { fromSqlTextError, type Statement } from '@sqlport/core/spi';
import { type Dialect, interpolate } from '@sqlport/dialect';
import { checkSize, MAX_STATEMENT_LENGTH, withParameters } from './long-statement.ts';
import { scannerSafe } from './scanner-safe.ts';
import { verbOf } from './verb.ts';

/** A statement as it is sent. */
export interface EncodedStatement {
  /** The text, with every parameter as a literal, but for those of `parameters`. */
  readonly text: string;
  /** Only where the text would be too long otherwise. */
  readonly parameters?: readonly SqlParameter[];
  /** What it does, in lower case: of `WITH … INSERT …` it is `insert`. */
  readonly verb: string;
}

/** Throws `DATA` where a parameter cannot be a literal, and where the statement is larger than the API takes. */
export function encode({ text, params }: Statement, dialect: Dialect): EncodedStatement {
  try {
    const safe = { text: scannerSafe(text, dialect), params };
    const verb = verbOf(safe.text, dialect);
    const whole = literals(safe, dialect);
    if (whole.length <= MAX_STATEMENT_LENGTH) return { text: whole, verb };
    const { statement, parameters, uncast } = withParameters(safe, dialect, whole.length);
    const shorter = literals(statement, dialect);
    checkSize(shorter, parameters, uncast);
    return { text: shorter, parameters, verb };
  } catch (error) {
    throw fromSqlTextError(error);
  }
}

/** Whatever the character set of the API's own sessions on MySQL is, ASCII reads the same in it. */
function literals(statement: Statement, dialect: Dialect): string {
  return interpolate(statement, dialect, { asciiOnly: dialect === 'mysql' });
}
