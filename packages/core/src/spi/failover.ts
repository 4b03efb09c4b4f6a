import { isConnectorError } from '../errors.ts';

/**
 * Whether an error of a statement says that the server behind a pool is not what it was.
 * `writes`: whether the statement could expect a writer, which one with `route: 'reader'` or in a read-only transaction
 * cannot. `isAlive`: whether the connection has outlived the error.
 */
export function meansFailover(error: unknown, { writes, isAlive }: { writes: boolean; isAlive: boolean }): boolean {
  if (!isConnectorError(error)) return false;
  return error.code === 'READ_ONLY' ? writes : error.code === 'UNREACHABLE' && !isAlive;
}
