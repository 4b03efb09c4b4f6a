import { ConnectorError, commitsByItself } from '@sqlport/core/spi';
import type { Layout } from '@sqlport/core/spi/postgres';
import { planOf, type Statement } from '@sqlport/dialect';

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

/** Whether a failure may leave a part of the work behind. */
export function isPartial({ statement }: Request): boolean {
  return statement !== undefined && commitsByItself(statement.text, 'postgres');
}

/** Whether the connection, once the statement has run, must not be lent to anybody else. */
export function changesSession({ statement }: Request): boolean {
  return statement !== undefined && planOf(statement.text, 'postgres').changesSession;
}
