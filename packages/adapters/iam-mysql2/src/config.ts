import { isIP } from 'node:net';
import {
  checkServerOrPool,
  type PoolConfig,
  type ServerConfig,
  type ServerSettings,
  serverFromUrl,
  serverSettings,
} from '@sqlport/aws-auth';
import { fieldError } from '@sqlport/core/spi';
import type { InjectedPool } from './injected-pool.ts';

/**
 * A MySQL server to connect to, and how. `port` defaults to 3306. `host` may be an address only together with
 * `signingHost`, or without TLS: certificates are for names.
 */
export interface IamMysql2ServerConfig extends ServerConfig {
  /** Tells configurations apart where several adapters are to choose from. */
  readonly adapter?: 'iam-mysql2';
  readonly pool?: never;
}

/** A pool of the user's own, made by `createPool` of `mysql2` or `mysql2/promise`, which stays theirs: it is not closed. */
export interface IamMysql2PoolConfig extends PoolConfig<InjectedPool> {
  readonly adapter?: 'iam-mysql2';
}

export type IamMysql2Config = IamMysql2ServerConfig | IamMysql2PoolConfig;

/** A server's configuration with its defaults filled in. */
export interface Settings extends ServerSettings {
  /** Whether a password may be hashed, which a token may not. */
  readonly hasPassword: boolean;
}

export const NAME = 'iam-mysql2';

/** Throws `CONFIG` that names the wrong field. */
export function checkConfig(config: IamMysql2Config): void {
  checkServerOrPool(config, NAME, {
    pool: (value) =>
      typeof (value as { getConnection?: unknown } | null)?.getConnection === 'function'
        ? undefined
        : 'a pool of mysql2, with a method getConnection',
  });
}

/** The settings of a configuration that was checked. Throws `CONFIG` where its fields do not go together. */
export function settingsOf(config: IamMysql2ServerConfig): Settings {
  const { host, signingHost = host, auth = 'iam', tls } = config;
  if (tls !== 'insecure-disabled' && isIP(signingHost) !== 0) {
    throw fieldError(NAME, 'signingHost', "the name in the server's certificate, since host is an address");
  }
  return { ...serverSettings(config, 3306), hasPassword: auth !== 'iam' };
}

/**
 * Reads `iam-mysql2://user:password@host:port/database?key=value`; a password means `auth: { password }`. Keys: region,
 * profile, secretArn, max, connectTimeoutMs, acquireTimeoutMs. What decides about trust is no key.
 * Throws `CONFIG` without repeating the URL.
 */
export function fromUrl(url: string): IamMysql2ServerConfig {
  return { adapter: NAME, ...serverFromUrl(url, NAME) };
}
