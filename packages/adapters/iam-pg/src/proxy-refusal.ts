import type { PostgresError } from '@sqlport/core/spi/postgres';

/** Source: RDS user guide, "Troubleshooting for RDS Proxy". AWS does not publish the SQLSTATEs; users report 53300. */
const NO_ROOM =
  /^(?:Timed-out waiting to acquire database connection|Rate of connection to proxy exceeded|The maximum number of client connections to the proxy exceeded|The IAM authentication failed because of too many competing requests)/;

/**
 * Whether RDS Proxy itself ended a session, or refused a login, because it has no room: what the session had sent has
 * not reached the server. No session of the server's dies of either.
 */
export function isProxyRefusal({ severity, code, message }: PostgresError): boolean {
  return severity === 'FATAL' && (code === '53300' || NO_ROOM.test(message));
}
