import { check, checkFields, type FieldCheck, fieldError, parseUrl } from '@sqlport/core/spi';
import { type Fetch, runtimeFetch } from './fetch.ts';

/** A TiDB Cloud cluster, and how to reach it. */
export interface TidbServerlessServerConfig {
  /** Tells configurations apart where several adapters are to choose from. */
  readonly adapter?: 'tidb-serverless';
  /** `gateway01.ap-northeast-1.prod.aws.tidbcloud.com`: without scheme, port or path. */
  readonly host: string;
  /** With the cluster's prefix: `4Bk9cXw2.root`. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Sends the requests. Default: the runtime's own. Must obey `redirect: 'manual'`. */
  readonly fetch?: Fetch;
  /**
   * How long one request may take, in milliseconds, until its answer is complete. Default 60,000. What takes longer is
   * `TIMEOUT` with outcome `unknown`; the server may go on with it.
   */
  readonly requestTimeoutMs?: number;
  readonly connection?: never;
}

/**
 * A connection of the driver, made by `connect` of `@tidbcloud/serverless`. Host, login, database and `fetch` are read
 * from it, at once; requests go over connections of sqlport's own. Its session and its decoders are not used.
 */
export interface TidbServerlessConnectionConfig {
  readonly adapter?: 'tidb-serverless';
  readonly connection: InjectedConnection;
  /** See {@link TidbServerlessServerConfig.requestTimeoutMs}. */
  readonly requestTimeoutMs?: number;
}

/** The slice of the driver's `Connection` that is used. */
export interface InjectedConnection {
  getConfig(): object;
}

export type TidbServerlessConfig = TidbServerlessServerConfig | TidbServerlessConnectionConfig;

/** A configuration with its defaults filled in. */
export interface Settings {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly fetch: Fetch;
  readonly requestTimeoutMs: number;
}

export const NAME = 'tidb-serverless';

const DEFAULT_REQUEST_TIMEOUT_MS = 60_000;

const { optional } = check;
const ADAPTER = optional(check.oneOf(NAME));

const HOST = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

const SERVER_FIELDS: Readonly<Record<keyof TidbServerlessServerConfig, FieldCheck>> = {
  adapter: ADAPTER,
  host: (value) =>
    typeof value === 'string' && HOST.test(value) ? undefined : 'a host name, without scheme, port, path or user',
  // Basic authentication ends the user name at the first colon.
  user: (value) =>
    check.text(value) === undefined && !(value as string).includes(':') ? undefined : 'a user name without a colon',
  password: check.text,
  // It is sent as a header.
  database: (value) =>
    typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
      ? undefined
      : 'a name of ASCII characters, without blanks',
  fetch: optional((value) => (typeof value === 'function' ? undefined : 'a function like fetch')),
  requestTimeoutMs: optional(check.milliseconds),
  connection: (value) => (value === undefined ? undefined : 'given without fields that describe a server'),
};

const CONNECTION_FIELDS: Readonly<Record<keyof TidbServerlessConnectionConfig, FieldCheck>> = {
  adapter: ADAPTER,
  connection: (value) =>
    typeof (value as { getConfig?: unknown } | null)?.getConfig === 'function'
      ? undefined
      : 'a connection of @tidbcloud/serverless, with a method getConfig',
  requestTimeoutMs: optional(check.milliseconds),
};

/** Checks a configuration and fills in its defaults. Throws `CONFIG` that names the wrong field. */
export function settingsOf(config: TidbServerlessConfig): Settings {
  if (typeof config === 'object' && config !== null && config.connection !== undefined) {
    checkFields(config, CONNECTION_FIELDS, NAME);
    return settingsOf(serverOf(config));
  }
  checkFields(config, SERVER_FIELDS, NAME);
  const { host, user, password, database, fetch, requestTimeoutMs } = config as TidbServerlessServerConfig;
  return {
    host: host.toLowerCase(),
    user,
    password,
    database,
    fetch: fetch ?? runtimeFetch,
    requestTimeoutMs: requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
  };
}

/** The configuration that the driver made of what it was given. */
function serverOf({ connection, requestTimeoutMs }: TidbServerlessConnectionConfig): TidbServerlessServerConfig {
  const given = connection.getConfig() as Readonly<Record<string, unknown>> | undefined;
  const { host, username: user, password, database, fetch } = given ?? {};
  for (const [field, value] of Object.entries({ host, username: user, password, database })) {
    const wrong = SERVER_FIELDS[field === 'username' ? 'user' : (field as 'host')](value);
    if (wrong !== undefined) throw fieldError(NAME, 'connection', `one whose ${field} is ${wrong}`);
  }
  // The driver fills in the runtime's own, which must not be called as a method of something else.
  const own = typeof fetch === 'function' && fetch !== globalThis.fetch ? { fetch: fetch as Fetch } : {};
  return {
    host: host as string,
    user: user as string,
    password: password as string,
    database: database as string,
    ...own,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  };
}

/**
 * Reads `tidb-serverless://user:password@host/database?requestTimeoutMs=60000`. There is no port: requests are HTTPS.
 * Throws `CONFIG` without repeating the URL.
 */
export function fromUrl(url: string): TidbServerlessServerConfig {
  const { host, port, user, password, database, query } = parseUrl(url, {
    scheme: NAME,
    query: { requestTimeoutMs: 'integer' },
  });
  if (port !== undefined) {
    throw fieldError(NAME, 'url', 'without a port: requests go to 443, and 4000 is for TCP');
  }
  for (const [name, value] of Object.entries({ user, password, database })) {
    if (value === undefined) throw fieldError(NAME, 'url', `complete: ${name} is missing`);
  }
  return { adapter: NAME, host, user: user!, password: password!, database: database!, ...query };
}
