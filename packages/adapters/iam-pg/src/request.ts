import { ConnectorError, type RawResult } from '@sqlport/core/spi';
import { planOf, type Statement } from '@sqlport/dialect';
import { type Layout, NO_COLUMNS, rowsAffected } from './decode.ts';

/** One step of an exchange: a statement to run, or more rows of a portal that is open. */
export interface Request {
  /** Undefined: the next rows of `portal`, whose columns are `layout`. */
  readonly statement?: Statement;
  readonly layout?: Layout;
  /** Default '', the unnamed portal, which ends with the next statement. A named one ends with its transaction. */
  readonly portal?: string;
  /** Default 0: all rows. */
  readonly maxRows?: number;
}

/** What the server answered to one {@link Request}. */
export class Reply {
  layout: Layout = NO_COLUMNS;
  /** True where the columns are those of the reply before. */
  sharesLayout = false;
  readonly rows: (readonly unknown[])[] = [];
  /** The command tag, such as `UPDATE 3`; '' until the command is complete. */
  tag = '';
  /** True where the portal has more rows. */
  suspended = false;

  result(): RawResult {
    return { columns: this.layout.columns, rows: this.rows, rowsAffected: rowsAffected(this.tag) };
  }
}

/** Bind counts its parameters in 16 bits. */
const MOST_PARAMETERS = 65_535;

/** The request to run a statement. Throws `DATA` for more parameters than the protocol can count. */
export function requestFor(statement: Statement): Request {
  const count = statement.params.length;
  if (count > MOST_PARAMETERS) {
    throw new ConnectorError('DATA', `A statement may have ${MOST_PARAMETERS} parameters at the most, not ${count}.`);
  }
  return { statement };
}

/** The request for a statement of our own, without parameters. */
export function command(text: string): Request {
  return { statement: { text, params: [] } };
}

/** Procedures may commit on their way, and so may a DO block that says so: then a failure does not undo everything. */
export function commitsByItself({ statement }: Request): boolean {
  if (statement === undefined) return false;
  const { keyword } = planOf(statement.text, 'postgres');
  return keyword === 'call' || (keyword === 'do' && /commit|call/i.test(statement.text));
}

/** Whether the connection, once the statement has run, must not be lent to anybody else. */
export function changesSession({ statement }: Request): boolean {
  return statement !== undefined && planOf(statement.text, 'postgres').changesSession;
}
