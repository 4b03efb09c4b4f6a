import { check, checkFields, type FieldCheck } from '@sqlport/core/spi';
import type { CredentialsOptions } from './credentials.ts';
import type { Auth, LoginTarget } from './login.ts';
import { checkReaders, type ReaderConfig } from './reader-config.ts';
import { isRdsProxyHost } from './region.ts';

/** A server to connect to over TCP, and how: what the adapters with sockets have in common. */
export interface ServerConfig extends CredentialsOptions {
  /** Name or address of the server. */
  readonly host: string;
  /** Default: the port of the engine. */
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
  /**
   * Whether the endpoint is an RDS Proxy: then nothing is done that pins a session to a connection of the proxy's, and
   * nothing that it refuses. Default: whether the name is that of one.
   */
  readonly proxy?: boolean;
  /** Endpoints that answer `route: 'reader'` in turn, each with a pool of its own. Default: none, the writer answers. */
  readonly readers?: readonly ReaderConfig[];
  /** Who answers `route: 'reader'` while no reader can be reached: the writer (default), or nobody. */
  readonly readerFallback?: 'writer' | 'none';
  /** Most physical connections to each endpoint. Default 2 in Lambda, else 10. */
  readonly max?: number;
  /** For a connection to be made, logged in and set up, token included. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long a call waits for a connection of the pool. Default 30,000. */
  readonly acquireTimeoutMs?: number;
  /** A connection that was idle for longer is probed first, and replaced unseen. Default 10,000. */
  readonly idleProbeMs?: number;
  /** A connection older than this is replaced. Default 1,800,000: 30 minutes. */
  readonly maxLifetimeMs?: number;
}

/** A pool of the user's own in place of a server. It stays theirs: it is not closed. */
export interface PoolConfig<P> {
  readonly pool: P;
  /** How long a call waits for a connection of the pool. Default 30,000. */
  readonly acquireTimeoutMs?: number;
}

export const DEFAULT_ACQUIRE_TIMEOUT_MS = 30_000;

const { optional } = check;

/** The checks of a {@link ServerConfig}, field by field. */
const serverFields: Readonly<Record<keyof ServerConfig, FieldCheck>> = {
  host: check.hostName,
  port: optional(check.port),
  database: check.text,
  user: optional(check.text),
  auth: optional(checkAuth),
  region: optional(check.text),
  credentials: optional(checkCredentials),
  profile: optional(check.text),
  signingHost: optional(check.hostName),
  ca: optional(check.certificates),
  tls: optional(check.oneOf('verify', 'insecure-disabled')),
  proxy: optional(check.boolean),
  readers: optional(checkReaders),
  readerFallback: optional(check.oneOf('writer', 'none')),
  max: optional(check.integer(1, 10_000)),
  connectTimeoutMs: optional(check.milliseconds),
  acquireTimeoutMs: optional(check.milliseconds),
  idleProbeMs: optional(check.milliseconds),
  maxLifetimeMs: optional(check.milliseconds),
};

/** What an adapter checks beyond the fields that all adapters with sockets have. */
export interface OwnChecks {
  /** What a user's own pool must be. */
  readonly pool: FieldCheck;
  /** More fields of a server, by name. */
  readonly server?: Readonly<Record<string, FieldCheck>>;
}

/** Checks a configuration that is a {@link ServerConfig} or a {@link PoolConfig}. Throws `CONFIG` that names the wrong field. */
export function checkServerOrPool(config: unknown, adapter: string, own: OwnChecks): void {
  const name = optional(check.oneOf(adapter));
  if ((config as Partial<PoolConfig<unknown>> | null | undefined)?.pool === undefined) {
    const pool: FieldCheck = (value) =>
      value === undefined ? undefined : 'given without fields that describe a server';
    checkFields(config, { adapter: name, ...serverFields, ...own.server, pool }, adapter);
  } else {
    const { acquireTimeoutMs } = serverFields;
    checkFields(config, { adapter: name, pool: own.pool, acquireTimeoutMs }, adapter);
  }
}

/** A server's configuration with its defaults filled in. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** What logins are made for, and whose name the certificate must hold. */
  readonly target: LoginTarget;
  /** Whether the server is an RDS Proxy. */
  readonly proxy: boolean;
  readonly max: number;
  readonly connectTimeoutMs: number;
  readonly acquireTimeoutMs: number;
  readonly idleProbeMs: number;
  readonly maxLifetimeMs: number;
}

/** The settings of a configuration that was checked. */
export function serverSettings(config: ServerConfig, defaultPort: number): ServerSettings {
  const { host, database, signingHost = host, port = defaultPort } = config;
  return {
    host,
    port,
    database,
    target: { host: signingHost, port },
    proxy: isProxy(config),
    max: config.max ?? (inLambda() ? 2 : 10),
    connectTimeoutMs: config.connectTimeoutMs ?? 10_000,
    acquireTimeoutMs: config.acquireTimeoutMs ?? DEFAULT_ACQUIRE_TIMEOUT_MS,
    idleProbeMs: config.idleProbeMs ?? 10_000,
    maxLifetimeMs: config.maxLifetimeMs ?? 1_800_000,
  };
}

/** Whether a server is an RDS Proxy: the configuration says so, or else its name does. */
export function isProxy({
  host,
  signingHost = host,
  proxy,
}: Pick<ServerConfig, 'host' | 'signingHost' | 'proxy'>): boolean {
  return proxy ?? isRdsProxyHost(signingHost);
}

/** Whether this process is a Lambda function, which AWS may freeze between two invocations. */
export function inLambda(): boolean {
  return process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;
}

function checkAuth(value: unknown): string | undefined {
  if (value === 'iam' || hasFields(value, ['secretArn'], ['region', 'endpoint'])) return undefined;
  return hasFields(value, ['password'], ['user']) ? undefined : '"iam", { secretArn } or { user, password }';
}

function checkCredentials(value: unknown): string | undefined {
  const isRight =
    typeof value === 'function' ||
    // Providers add fields of their own, such as the account.
    hasFields(value, ['accessKeyId', 'secretAccessKey']);
  return isRight ? undefined : 'AWS credentials, { accessKeyId, secretAccessKey }, or a provider of them';
}

/** Whether a value is an object with these strings, and with no other fields but the optional ones, where those are given. */
function hasFields(value: unknown, required: readonly string[], optionals?: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  if (!required.every((name) => typeof fields[name] === 'string' && fields[name] !== '')) return false;
  if (optionals === undefined) return true;
  return Object.keys(fields).every(
    (name) =>
      required.includes(name) || (optionals.includes(name) && ['string', 'undefined'].includes(typeof fields[name])),
  );
}
