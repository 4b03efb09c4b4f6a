import { ConnectorError } from '@sqlport/core/spi';
import { adapter, type Fetch, fromUrl } from '@sqlport/tidb-serverless';
import { httpsChecks } from '../doctor/https.ts';
import { isLoopback } from '../doctor/network.ts';
import { mysql } from '../engines/mysql.ts';
import { refuseTrust, type Target, type Trust } from './target.ts';

/** `tidb-serverless://…` */
export function tidbServerless(url: string, trust: Trust): Target {
  refuseTrust(trust, 'tidb-serverless');
  const config = fromUrl(url);
  const { host, user, database } = config;
  const local = localEndpoint(user);
  const configured = adapter(local === undefined ? config : { ...config, fetch: fetchFrom(local) });
  return {
    adapter: configured,
    engine: mysql,
    summary: { strategy: 'tidb-serverless', host, user, database, login: 'password' },
    checks: httpsChecks(local ?? new URL(`https://http-${host}`)),
    refusedLogin: [
      'The user: it must have the prefix of the cluster, as in 4Bk9cXw2.root; the console shows it under Connect.',
      'The password: percent-encoded in the URL; the console can only reset it, not show it.',
      'The access list of the cluster: this machine must be on it, and public endpoints be enabled.',
    ],
    notes: [
      'no connection to keep: each statement is a request',
      'a result may have 10,000 rows; idle sessions end after 10 minutes',
    ],
    async grant() {
      return { statements: [], sql: mysql.createPasswordUser(user, database) };
    },
  };
}

/**
 * Where `sqlport local` listens, for the users of its own cluster: `http://<prefix of its users>@127.0.0.1:<port>`.
 * TiDB Cloud has no other addresses, so that it is no part of the URL.
 */
function localEndpoint(user: string): URL | undefined {
  const text = process.env['SQLPORT_TIDB_ENDPOINT'];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' || !isLoopback(url.hostname) || url.username === '') {
    const message = 'SQLPORT_TIDB_ENDPOINT must be as `sqlport local` writes it: http://<prefix>@127.0.0.1:<port>.';
    throw new ConnectorError('CONFIG', message);
  }
  // Nobody else's password may go there.
  return user.startsWith(`${url.username}.`) ? new URL(url.origin) : undefined;
}

/** Leads every request to another origin. */
function fetchFrom(origin: URL): Fetch {
  return (url, init) => {
    const { pathname, search } = new URL(url);
    return fetch(new URL(pathname + search, origin), init);
  };
}
