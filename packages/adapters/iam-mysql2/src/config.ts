import { isIP } from 'node:net';
import { type Auth, type CredentialsOptions, isRdsProxyHost, regionOf, type TrustOptions } from '@sqlport/aws-auth';
import { check, checkFields, type FieldCheck, fieldError, parseUrl } from '@sqlport/core/spi';
import type { InjectedPool } from './injected-pool.ts';

/** A MySQL server to connect to, and how. */
export interface IamMysql2ServerConfig extends CredentialsOptions {
  /** Tells configurations apart where several adapters are to choose from. */
  readonly adapter?: 'iam-mysql2';
  /** Name of the server. An address only together with `signingHost`, or without TLS: certificates are for names. */
  readonly host: string;
  /** Default 3306. */
  readonly port?: number;
  readonly database: string;
  /** The database user. Required but for a secret that holds its own. */
  readonly user?: string;
  /** Default `'iam'`. */
  readonly auth?: Auth;
  /** The AWS region to sign for. Default: the one in the name of the server. */
  readonly region?: string;
  /** The name that RDS gave the endpoint, where `host` is an alias: it is signed for, and the certificate must be for it. */
  readonly signingHost?: string;
  /** PEM of the certificate authorities to trust, and no others. Default: those of RDS in the region. */
  readonly ca?: string | readonly string[];
  /** Default `'verify'`. `'insecure-disabled'` is plaintext, and refused with IAM. */
  readonly tls?: 'verify' | 'insecure-disabled';
  /** Most physical connections. Default 2 in Lambda, else 10. */
  readonly max?: number;
  /** For a connection to be made, logged in and set up, token included. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long a call waits for a connection of the pool. Default 30,000. */
  readonly acquireTimeoutMs?: number;
  /** A connection that was idle for longer is probed first, and replaced unseen. Default 10,000. */
  readonly idleProbeMs?: number;
  /** A connection older than this is replaced. Default 1,800,000: 30 minutes. */
  readonly maxLifetimeMs?: number;
  readonly pool?: never;
}

/** A pool of the user's own, made by `createPool` of `mysql2` or `mysql2/promise`, which stays theirs: it is not closed. */
export interface IamMysql2PoolConfig {
  readonly adapter?: 'iam-mysql2';
  readonly pool: InjectedPool;
  /** How long a call waits for a connection of the pool. Default 30,000. */
  readonly acquireTimeoutMs?: number;
}

export type IamMysql2Config = IamMysql2ServerConfig | IamMysql2PoolConfig;

/** A server's configuration with its defaults filled in. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** What logins are made for, and whose name the certificate must hold. */
  readonly target: { readonly host: string; readonly port: number };
  /** Whether a password may be hashed, which a token may not. */
  readonly hasPassword: boolean;
  /** Undefined: plaintext. */
  readonly trust: TrustOptions | undefined;
  readonly max: number;
  readonly connectTimeoutMs: number;
  readonly acquireTimeoutMs: number;
  readonly idleProbeMs: number;
  readonly maxLifetimeMs: number;
}

export const NAME = 'iam-mysql2';
export const DEFAULT_ACQUIRE_TIMEOUT_MS = 30_000;

const { optional } = check;
const ADAPTER = optional(check.oneOf(NAME));

const SERVER_FIELDS: Readonly<Record<keyof IamMysql2ServerConfig, FieldCheck>> = {
  adapter: ADAPTER,
  host: check.hostName,
  port: optional(check.port),
  database: check.text,
  user: optional(check.text),
  auth: optional((value) =>
    value === 'iam' ? undefined : check.object(value) && '"iam", { secretArn } or { password }',
  ),
  region: optional(check.text),
  credentials: optional((value) =>
    typeof value === 'function' ? undefined : check.object(value) && 'AWS credentials or a provider of them',
  ),
  profile: optional(check.text),
  signingHost: optional(check.hostName),
  ca: optional(check.certificates),
  tls: optional(check.oneOf('verify', 'insecure-disabled')),
  max: optional(check.integer(1, 10_000)),
  connectTimeoutMs: optional(check.milliseconds),
  acquireTimeoutMs: optional(check.milliseconds),
  idleProbeMs: optional(check.milliseconds),
  maxLifetimeMs: optional(check.milliseconds),
  pool: (value) => (value === undefined ? undefined : 'given without fields that describe a server'),
};

const POOL_FIELDS: Readonly<Record<keyof IamMysql2PoolConfig, FieldCheck>> = {
  adapter: ADAPTER,
  pool: (value) =>
    typeof (value as { getConnection?: unknown } | null)?.getConnection === 'function'
      ? undefined
      : 'a pool of mysql2, with a method getConnection',
  acquireTimeoutMs: optional(check.milliseconds),
};

/** Throws `CONFIG` that names the wrong field. */
export function checkConfig(config: IamMysql2Config): void {
  const hasPool = typeof config === 'object' && config !== null && config.pool !== undefined;
  checkFields(config, hasPool ? POOL_FIELDS : SERVER_FIELDS, NAME);
}

/** The settings of a configuration that was checked. Throws `CONFIG` where its fields do not go together. */
export function settingsOf(config: IamMysql2ServerConfig): ServerSettings {
  const { host, database, signingHost = host, port = 3306, auth = 'iam', ca } = config;
  const usesTls = config.tls !== 'insecure-disabled';
  if (usesTls && isIP(signingHost) !== 0) {
    throw fieldError(NAME, 'signingHost', "the name in the server's certificate, since host is an address");
  }
  const region = config.region ?? regionOf(signingHost);
  const trust = {
    ...(ca === undefined ? {} : { ca }),
    ...(region === undefined ? {} : { region }),
    proxy: isRdsProxyHost(signingHost),
  };
  return {
    host,
    port,
    database,
    target: { host: signingHost, port },
    hasPassword: auth !== 'iam',
    trust: usesTls ? trust : undefined,
    max: config.max ?? (inLambda() ? 2 : 10),
    connectTimeoutMs: config.connectTimeoutMs ?? 10_000,
    acquireTimeoutMs: config.acquireTimeoutMs ?? DEFAULT_ACQUIRE_TIMEOUT_MS,
    idleProbeMs: config.idleProbeMs ?? 10_000,
    maxLifetimeMs: config.maxLifetimeMs ?? 1_800_000,
  };
}

/** Whether this process is a Lambda function, which AWS may freeze between two invocations. */
export function inLambda(): boolean {
  return process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;
}

/**
 * Reads `iam-mysql2://user:password@host:port/database?key=value`; a password means `auth: { password }`. Keys: region,
 * profile, secretArn, max, connectTimeoutMs, acquireTimeoutMs. What decides about trust is no key.
 * Throws `CONFIG` without repeating the URL.
 */
export function fromUrl(url: string): IamMysql2ServerConfig {
  const { password, query, database, ...place } = parseUrl(url, {
    scheme: NAME,
    query: {
      region: 'text',
      profile: 'text',
      secretArn: 'text',
      max: 'integer',
      connectTimeoutMs: 'integer',
      acquireTimeoutMs: 'integer',
    },
  });
  if (database === undefined) throw fieldError(NAME, 'database', 'given, as the path of the URL');
  const { secretArn, ...options } = query;
  if (secretArn !== undefined && password !== undefined) {
    throw fieldError(NAME, 'secretArn', 'given without a password');
  }
  const auth =
    secretArn !== undefined
      ? { auth: { secretArn: String(secretArn) } }
      : password !== undefined
        ? { auth: { password } }
        : {};
  return { adapter: NAME, ...place, database, ...auth, ...options };
}
