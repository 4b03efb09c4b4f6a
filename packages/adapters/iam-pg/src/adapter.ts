import { DEFAULT_ACQUIRE_TIMEOUT_MS, loginSource, readerConfigs, tlsPolicy } from '@sqlport/aws-auth';
import {
  type Adapter,
  BASIC_TRAITS,
  ISOLATION_LEVELS,
  loadPackage,
  type OpenOptions,
  type Traits,
} from '@sqlport/core/spi';
import { Pool, RoutedPools } from '@sqlport/core/spi/pool';
import {
  checkConfig,
  type IamPgConfig,
  type IamPgPoolConfig,
  type IamPgServerConfig,
  NAME,
  settingsOf,
} from './config.ts';
import { type PgModule, ServerConnections } from './connect.ts';
import { PgDriver } from './driver.ts';
import { InjectedConnections } from './injected-pool.ts';

const TRAITS: Traits = {
  ...BASIC_TRAITS,
  dialect: 'postgres',
  transactions: true,
  isolationLevels: ISOLATION_LEVELS,
  streams: 'incremental',
  interleavedStreams: true,
  serverCancel: true,
};

/** Behind RDS Proxy nothing can be cancelled, and statements over 16 KB pin their session. */
const PROXIED: Partial<Traits> = { serverCancel: false, maxStatementBytes: 16_000 };

/**
 * PostgreSQL over TCP with `pg`, an IAM token for each physical connection. Opens and loads nothing yet.
 * Throws `CONFIG` that names the wrong field.
 */
export function iamPg(config: IamPgConfig): Adapter {
  checkConfig(config);
  return config.pool === undefined ? overServer(config) : overPool(config);
}

function overServer(config: IamPgServerConfig): Adapter {
  const logins = loginSource(config);
  const access = (server: IamPgServerConfig) => ({ settings: settingsOf(server), tls: tlsPolicy(server), logins });
  const writer = access(config);
  const readers = readerConfigs(config).map(access);
  const proxied = [writer, ...readers].some(({ settings }) => settings.proxy);
  return {
    specVersion: 1,
    name: NAME,
    traits: { ...TRAITS, readers: readers.length > 0, ...(proxied && PROXIED) },
    async open({ values }: OpenOptions) {
      const { default: pg } = (await loadPackage('pg', () => import('pg'))) as unknown as { default: PgModule };
      const pool = (server: typeof writer) =>
        new Pool(new ServerConnections({ pg, values, ...server }), server.settings);
      return new PgDriver(new RoutedPools(pool(writer), readers.map(pool), config.readerFallback));
    },
  };
}

/** How the user's connections are secured is not known here, so that nothing may be cancelled over another one. */
function overPool({ pool, acquireTimeoutMs = DEFAULT_ACQUIRE_TIMEOUT_MS }: IamPgPoolConfig): Adapter {
  return {
    specVersion: 1,
    name: NAME,
    traits: { ...TRAITS, serverCancel: false },
    async open({ values }: OpenOptions) {
      return new PgDriver(new InjectedConnections(pool, acquireTimeoutMs, values));
    },
  };
}
