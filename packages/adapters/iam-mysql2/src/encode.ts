import { fromSqlTextError, type Outcome, type Statement } from '@sqlport/core/spi';
import { callsProcedure, interpolate, planOf } from '@sqlport/dialect';
import type { Place } from './error.ts';

/** A statement as it is sent: its text, with every parameter as a literal. */
export interface EncodedStatement {
  readonly text: string;
  /** Whether it calls a procedure, which may do several things of which only the last one fails. */
  readonly callsProcedure: boolean;
  /** Whether it leaves something behind in its session, which the next user of the connection must not meet. */
  readonly changesSession: boolean;
}

/** Throws `DATA` where a parameter cannot be a literal. */
export function encode(statement: Statement): EncodedStatement {
  try {
    const { keyword, changesSession } = planOf(statement.text, 'mysql');
    const text = interpolate(statement, 'mysql');
    return { text, callsProcedure: callsProcedure(keyword, 'mysql'), changesSession };
  } catch (error) {
    throw fromSqlTextError(error);
  }
}

/** What is known of a statement that nobody waits for any more. In a transaction that goes with it, nothing stays. */
export function outcomeOnAbort(statement: EncodedStatement, place: Place): Outcome {
  return place === 'transaction' && !statement.callsProcedure ? 'not-applied' : 'unknown';
}

/** Where the statement runs, for its errors. */
export function placeOf(statement: EncodedStatement, otherwise: Place): Place {
  return statement.callsProcedure ? 'procedure' : otherwise;
}
