import type { Local, StrategyName } from '@sqlport/local';

/** The URL of each strategy that can be had, by its name in `@sqlport/local`. */
export function urlsOf(local: Local): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(local.urls).map((name) => [name, local.urls[name as StrategyName]]));
}

/** What an application and the other commands need in their environment. `DATABASE_URL` is the first of the URLs. */
export function environmentOf(local: Local): Record<string, string> {
  const urls = urlsOf(local);
  const { accessKeyId, secretAccessKey } = local.credentials;
  return {
    DATABASE_URL: Object.values(urls)[0]!,
    ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [variableOf(name), url])),
    AWS_REGION: local.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: '',
    SQLPORT_CA: local.ca.trim(),
    ...('tidb-serverless' in urls ? { SQLPORT_TIDB_ENDPOINT: tidbEndpoint(local) } : {}),
  };
}

/** Where TiDB's local service listens, and for whose users: the part of their names before the point. */
export function tidbEndpoint({ configs, endpoints }: Local): string {
  const [prefix] = configs['tidb-serverless'].user.split('.');
  return `http://${prefix}@127.0.0.1:${endpoints['tidb-serverless'].port}`;
}

/** `SQLPORT_IAM_PG_URL` for `iam-pg`. */
export function variableOf(name: string): string {
  return `SQLPORT_${name.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** A URL without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z0-9+.-]+:\/\/[^:/@]*):[^@/]*@/, '$1:…@');
}
