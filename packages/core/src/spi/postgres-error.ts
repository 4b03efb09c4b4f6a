import { type PostgresNames, postgresConstraint, postgresErrorCode } from '@sqlport/dialect';
import type { ConnectorError, ConnectorErrorDetails } from '../errors.ts';
import { serverRefused } from './server-refused.ts';

/** The fields of an ErrorResponse, as pg-protocol puts them on its `DatabaseError`. All but `routine` may hold data. */
export interface PostgresError extends Error, PostgresNames {
  /** SQLSTATE. */
  readonly code: string;
  readonly severity: string;
  /** The function in PostgreSQL's source that raised it. */
  readonly routine?: string | undefined;
}

/** True for an ErrorResponse; false for what befell the socket, or the driver itself. */
export function isPostgresError(error: unknown): error is PostgresError {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as Partial<PostgresError>;
  return typeof severity === 'string' && typeof code === 'string' && code.length === 5;
}

/**
 * The error for an ErrorResponse to a statement. `partial`: it commits parts of its work by itself, so the error does
 * not say that nothing was done.
 */
export function postgresRefused(native: PostgresError, partial: boolean): ConnectorError {
  const outcome = partial ? 'unknown' : 'not-applied';
  return serverRefused(postgresErrorCode(native.code), { ...postgresDetails(native), outcome });
}

/** What an ErrorResponse says, for an error of any code. */
export function postgresDetails(native: PostgresError): ConnectorErrorDetails {
  const { code: sqlState, message: serverMessage } = native;
  const constraint = postgresConstraint(sqlState, native);
  return { cause: native, sqlState, serverMessage, ...(constraint && { constraint }) };
}
