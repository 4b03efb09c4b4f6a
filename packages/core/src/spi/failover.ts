import { isConnectorError } from '../errors.ts';
import type { Route } from '../options.ts';

/**
 * Whether an error of a statement says that the server behind a pool is not what it was: the connection was lost, or
 * what should be the writer only reads. Not to be asked about statements in a read-only transaction.
 */
export function meansFailover(error: unknown, route: Route | undefined): boolean {
  if (!isConnectorError(error)) return false;
  return error.code === 'UNREACHABLE' || (error.code === 'READ_ONLY' && route !== 'reader');
}
