import { fromSqlTextError, type Statement } from '@sqlport/core/spi';
import { interpolate, type MysqlNeed, mayWrite, mysqlNeeds } from '@sqlport/dialect';

/** A statement as it is sent: its text, with every parameter as a literal. */
export interface EncodedStatement {
  readonly text: string;
  /** False where it certainly changes no data. */
  readonly mayWrite: boolean;
  /** What it relies on, of settings of the server that are not ours. */
  readonly needs: readonly MysqlNeed[];
}

/** Throws `DATA` where a parameter cannot be a literal. */
export function encode(statement: Statement): EncodedStatement {
  try {
    return {
      text: interpolate(statement, 'mysql', { asciiOnly: true }),
      mayWrite: mayWrite(statement.text),
      needs: mysqlNeeds(statement),
    };
  } catch (error) {
    throw fromSqlTextError(error);
  }
}
