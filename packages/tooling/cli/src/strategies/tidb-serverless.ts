import { ConnectorError } from '@sqlport/core/spi';
import { adapter, type Fetch, fromUrl } from '@sqlport/tidb-serverless';
import { httpsChecks } from '../doctor/https.ts';
import { mysql } from '../engines/mysql.ts';
import { refuseTrust, type Target, type Trust } from './target.ts';

/** `tidb-serverless://…` */
export function tidbServerless(url: string, trust: Trust): Target {
  refuseTrust(trust, 'tidb-serverless');
  const config = fromUrl(url);
  const { host, user, database } = config;
  const local = localEndpoint();
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

/** Where `sqlport local` listens. TiDB Cloud has no other addresses, so that it is no part of the URL. */
function localEndpoint(): URL | undefined {
  const text = process.env['SQLPORT_TIDB_ENDPOINT'];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) return url;
  throw new ConnectorError('CONFIG', 'SQLPORT_TIDB_ENDPOINT must be http:// and an address of this machine.');
}

/** Leads every request to another origin. */
function fetchFrom(origin: URL): Fetch {
  return (url, init) => {
    const { pathname, search } = new URL(url);
    return fetch(new URL(pathname + search, origin), init);
  };
}
