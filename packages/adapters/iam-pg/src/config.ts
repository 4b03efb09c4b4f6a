import {
  checkServerOrPool,
  type PoolConfig,
  type ServerConfig,
  type ServerSettings,
  serverFromUrl,
  serverSettings,
} from '@sqlport/aws-auth';
import { check } from '@sqlport/core/spi';
import type { InjectedPool } from './injected-pool.ts';

/** A PostgreSQL server to connect to, and how. `port` defaults to 5432. */
export interface IamPgServerConfig extends ServerConfig {
  /** Tells configurations apart where several adapters are to choose from. */
  readonly adapter?: 'iam-pg';
  /** Shown in `pg_stat_activity`. Default `sqlport`. */
  readonly applicationName?: string;
  readonly pool?: never;
}

/** A pool of the user's own, such as `new pg.Pool(…)`, which stays theirs: it is not closed. */
export interface IamPgPoolConfig extends PoolConfig<InjectedPool> {
  readonly adapter?: 'iam-pg';
}

export type IamPgConfig = IamPgServerConfig | IamPgPoolConfig;

/** A server's configuration with its defaults filled in. */
export interface Settings extends ServerSettings {
  readonly applicationName: string;
}

export const NAME = 'iam-pg';

/** Throws `CONFIG` that names the wrong field. */
export function checkConfig(config: IamPgConfig): void {
  checkServerOrPool(config, NAME, {
    pool: (value) =>
      typeof (value as { connect?: unknown } | null)?.connect === 'function'
        ? undefined
        : 'a pool of pg, with a method connect',
    server: { applicationName: check.optional(check.text) },
  });
}

/** The settings of a configuration that was checked. */
export function settingsOf(config: IamPgServerConfig): Settings {
  return { ...serverSettings(config, 5432), applicationName: config.applicationName ?? 'sqlport' };
}

/**
 * Reads `iam-pg://user:password@host:port/database?key=value`; a password means `auth: { password }`. Keys: region,
 * profile, secretArn, max, connectTimeoutMs, acquireTimeoutMs, applicationName. What decides about trust is no key.
 * Throws `CONFIG` without repeating the URL.
 */
export function fromUrl(url: string): IamPgServerConfig {
  return { adapter: NAME, ...serverFromUrl(url, NAME, { applicationName: 'text' }) };
}
