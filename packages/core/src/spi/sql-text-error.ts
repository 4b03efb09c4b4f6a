import { SqlTextError } from '@sqlport/dialect';
import { ConnectorError, type Outcome } from '../errors.ts';

/** Turns an error of the dialect package into a `ConnectorError`; every other error is returned as it is. */
export function fromSqlTextError(error: unknown, outcome: Outcome = 'not-applied'): unknown {
  return error instanceof SqlTextError ? new ConnectorError(error.code, error.message, { outcome }) : error;
}

/** Runs the decoding of a result: the statement has run, so what decoding throws has the outcome `applied`. */
export function applied<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw fromSqlTextError(error, 'applied');
  }
}
