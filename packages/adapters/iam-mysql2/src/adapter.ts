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
  type IamMysql2Config,
  type IamMysql2PoolConfig,
  type IamMysql2ServerConfig,
  NAME,
  settingsOf,
} from './config.ts';
import { type Mysql2Module, ServerConnections } from './connect.ts';
import { Mysql2Driver } from './driver.ts';
import { InjectedConnections } from './injected-pool.ts';

const TRAITS: Traits = {
  ...BASIC_TRAITS,
  dialect: 'mysql',
  transactions: true,
  isolationLevels: ISOLATION_LEVELS,
  streams: 'incremental',
  serverCancel: true,
};

/** Behind RDS Proxy nothing can be cancelled, and statements over 16 KB pin their session. */
const PROXIED: Partial<Traits> = { serverCancel: false, maxStatementBytes: 16_000 };

/**
 * MySQL over TCP with `mysql2`, an IAM token for each physical connection. Opens and loads nothing yet.
 * Throws `CONFIG` that names the wrong field.
 */
export function iamMysql2(config: IamMysql2Config): Adapter {
  checkConfig(config);
  return config.pool === undefined ? overServer(config) : overPool(config);
}

function overServer(config: IamMysql2ServerConfig): Adapter {
  const logins = loginSource(config);
  const access = (server: IamMysql2ServerConfig) => ({ settings: settingsOf(server), tls: tlsPolicy(server), logins });
  const writer = access(config);
  const readers = readerConfigs(config).map(access);
  const proxied = [writer, ...readers].some(({ settings }) => settings.proxy);
  return {
    specVersion: 1,
    name: NAME,
    traits: { ...TRAITS, readers: readers.length > 0, ...(proxied && PROXIED) },
    async open({ values }: OpenOptions) {
      const loaded: unknown = await loadPackage('mysql2', () => import('mysql2'));
      const { default: mysql2 } = loaded as { default: Mysql2Module };
      const pool = (server: typeof writer) =>
        new Pool(new ServerConnections({ mysql2, values, ...server }), server.settings);
      return new Mysql2Driver(new RoutedPools(pool(writer), readers.map(pool), config.readerFallback), values);
    },
  };
}

/** How the user's connections log in is not known here, so that no second one can be opened to stop a statement. */
function overPool({ pool, acquireTimeoutMs = DEFAULT_ACQUIRE_TIMEOUT_MS }: IamMysql2PoolConfig): Adapter {
  return {
    specVersion: 1,
    name: NAME,
    traits: { ...TRAITS, serverCancel: false },
    async open({ values }: OpenOptions) {
      return new Mysql2Driver(new InjectedConnections(pool, acquireTimeoutMs, values), values);
    },
  };
}
