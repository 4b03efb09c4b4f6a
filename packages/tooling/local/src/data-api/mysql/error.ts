import { type EngineVersion, ServiceError } from '../errors.ts';

/** What mysql2 tells of an error. */
interface MysqlError {
  readonly errno?: number;
  readonly sqlState?: string;
  readonly sqlMessage?: string;
}

/** An error of the server, or of the connection to it, as the service answers it. */
export function mysqlError(error: Error & MysqlError, version: EngineVersion): ServiceError {
  const { errno, sqlMessage } = error;
  // A server that is full says so before the handshake, where errors may come without a state; JDBC adds it.
  const sqlState = error.sqlState || (errno === 1040 ? '08004' : '');
  // No error of the server at all: the connection broke.
  if (!errno || !sqlState || sqlMessage === undefined) {
    return new ServiceError('DatabaseErrorException', 'Communications link failure');
  }
  const text =
    version === 'v1'
      ? `Database error code: ${errno}. Message: ${sqlMessage}`
      : `${sqlMessage}; Error code: ${errno}; SQLState: ${sqlState}`;
  return new ServiceError('DatabaseErrorException', text);
}
