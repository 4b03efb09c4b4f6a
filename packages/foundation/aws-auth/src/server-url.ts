import { fieldError, parseUrl, type UrlFormat } from '@sqlport/core/spi';
import { readersFromText } from './reader-config.ts';
import type { ServerConfig } from './server-config.ts';

/** Query keys that every adapter over TCP knows. What decides about trust is no key. */
const KEYS: UrlFormat['query'] = {
  region: 'text',
  profile: 'text',
  secretArn: 'text',
  max: 'integer',
  connectTimeoutMs: 'integer',
  acquireTimeoutMs: 'integer',
  readers: 'text',
  readerFallback: 'text',
};

/**
 * Reads `scheme://user:password@host:port/database?key=value`; a password means `auth: { password }`, the key
 * `secretArn` means `auth: { secretArn }`, `readers` is `host:port,host`. `more`: keys of the adapter's own.
 * Throws `CONFIG` without repeating the URL.
 */
export function serverFromUrl(url: string, scheme: string, more: UrlFormat['query'] = {}): ServerConfig {
  const { password, query, database, ...place } = parseUrl(url, { scheme, query: { ...KEYS, ...more } });
  if (database === undefined) throw fieldError(scheme, 'database', 'given, as the path of the URL');
  const { secretArn, readers, ...options } = query;
  if (secretArn !== undefined && password !== undefined) {
    throw fieldError(scheme, 'secretArn', 'given without a password');
  }
  const auth =
    secretArn !== undefined
      ? { auth: { secretArn: String(secretArn) } }
      : password !== undefined
        ? { auth: { password } }
        : {};
  return {
    ...place,
    database,
    ...auth,
    ...(readers === undefined ? {} : { readers: readersFromText(String(readers)) }),
    ...options,
  };
}
