import { check, type FieldCheck } from '@sqlport/core/spi';
import type { CredentialsOptions } from './credentials.ts';
import type { Auth, LoginTarget } from './login.ts';

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
}

export const DEFAULT_ACQUIRE_TIMEOUT_MS = 30_000;

const { optional } = check;

/** The checks of a {@link ServerConfig}, field by field. */
export const serverFields: Readonly<Record<keyof ServerConfig, FieldCheck>> = {
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
};

/** A server's configuration with its defaults filled in. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** What logins are made for, and whose name the certificate must hold. */
  readonly target: LoginTarget;
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
