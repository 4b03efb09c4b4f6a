import { DEFAULT_ACQUIRE_TIMEOUT_MS, loginSource, tlsPolicy } from '@sqlport/aws-auth';
import type { Adapter, OpenOptions, Traits } from '@sqlport/core/spi';
import { Pool } from '@sqlport/core/spi/pool';
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
  dialect: 'mysql',
  transactions: true,
  isolationLevels: ['read uncommitted', 'read committed', 'repeatable read', 'serializable'],
  streams: 'incremental',
  interleavedStreams: false,
  serverCancel: true,
  readers: false,
};

/**
 * MySQL over TCP with `mysql2`, an IAM token for each physical connection. Opens and loads nothing yet.
 * Throws `CONFIG` that names the wrong field.
 */
export function iamMysql2(config: IamMysql2Config): Adapter {
  checkConfig(config);
  return config.pool === undefined ? overServer(config) : overPool(config);
}

function overServer(config: IamMysql2ServerConfig): Adapter {
  const settings = settingsOf(config);
  const logins = loginSource(config);
  const tls = tlsPolicy(config);
  return {
    specVersion: 1,
    name: NAME,
    traits: TRAITS,
    async open({ values }: OpenOptions) {
      const { default: mysql2 } = (await import('mysql2')) as unknown as { default: Mysql2Module };
      const connections = new ServerConnections({ mysql2, settings, logins, tls, values });
      return new Mysql2Driver(new Pool(connections, settings), values, connections.opensBeside);
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
      return new Mysql2Driver(new InjectedConnections(pool, acquireTimeoutMs, values), values, undefined);
    },
  };
}
