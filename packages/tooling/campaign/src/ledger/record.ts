import { type ErrorCode, isConnectorError, type Outcome } from '@sqlport/core';
import { ForeignRows, type Operation } from './operation.ts';

/** How an operation ended for its caller. `broken`: with rows of another, or with what is no `ConnectorError`. */
type End = 'ok' | Outcome | 'broken';

/** One operation, as its caller saw it. */
export interface Record {
  readonly number: number;
  readonly operation: Operation;
  /** Kind of the fault that has struck it; undefined: none. */
  readonly fault: string | undefined;
  /** At which step the fault was armed. */
  readonly step: number;
  /** Whether the fault can leave one statement of a transaction done and the others not. */
  readonly tears: boolean;
  /** Whether something of it was left to the idle limit of an HTTP endpoint. */
  readonly abandoned: boolean;
  readonly end: End;
  readonly code: ErrorCode | undefined;
  /** What was thrown, in one line; empty: nothing. */
  readonly thrown: string;
}

type Ended = Pick<Record, 'end' | 'code' | 'thrown'>;

/** Waits for the end of an operation. */
export async function endOf(work: Promise<unknown>): Promise<Ended> {
  try {
    await work;
    return { end: 'ok', code: undefined, thrown: '' };
  } catch (error) {
    if (!isConnectorError(error)) {
      const thrown = error instanceof ForeignRows ? 'rows of another statement' : `no ConnectorError: ${String(error)}`;
      return { end: 'broken', code: undefined, thrown };
    }
    return { end: error.outcome, code: error.code, thrown: `${error.code}: ${error.message}` };
  }
}
