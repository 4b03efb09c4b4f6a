import { ConnectorError, isConnectorError } from '@sqlport/core/spi';
import type { Login, LoginSource } from './login.ts';
import type { ServerSettings } from './server-config.ts';

/**
 * Opens a physical connection with a login, all of it within `connectTimeoutMs`. A login that the server refused is
 * tried once more with a fresh one: the token may have outlived its credentials, or the secret been rotated.
 * `open` throws `interrupted(limit, 'not-applied')` once its limit is aborted, and `AUTH` for a login that is refused.
 */
export async function logIn<C>(
  logins: LoginSource,
  { target, connectTimeoutMs }: Pick<ServerSettings, 'target' | 'connectTimeoutMs'>,
  signal: AbortSignal,
  open: (login: Login, limit: AbortSignal) => Promise<C>,
): Promise<C> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    const message = `The server did not answer within ${connectTimeoutMs} ms ("connectTimeoutMs"). Check host, port, network and security groups.`;
    late.abort(new ConnectorError('UNREACHABLE', message));
  }, connectTimeoutMs);
  const limit = AbortSignal.any([signal, late.signal]);
  try {
    const login = await logins.get(target, limit);
    try {
      return await open(login, limit);
    } catch (error) {
      if (!isConnectorError(error) || error.code !== 'AUTH' || !logins.refused(target, login)) throw error;
      return await open(await logins.get(target, limit), limit);
    }
  } finally {
    clearTimeout(timer);
  }
}
