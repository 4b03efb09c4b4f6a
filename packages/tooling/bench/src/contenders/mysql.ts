import { type Connection, connect } from '@sqlport/core';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import type { IamConfig } from '@sqlport/local';
import { createPool, type Pool } from 'mysql2/promise';
import { POOL_SIZE } from './pool-size.ts';
import { newToken } from './recipe.ts';

/** The same MySQL by both ways. */
export interface MysqlContenders extends AsyncDisposable {
  readonly config: IamConfig<'iam-mysql2'>;
  readonly db: Connection;
  /** Raw `mysql2`. */
  readonly pool: Pool;
}

export function openMysql(config: IamConfig<'iam-mysql2'>): MysqlContenders {
  const db = connect(iamMysql2({ ...config, max: POOL_SIZE }));
  const { host, port, user, database, ca } = config;
  const pool = createPool({
    host,
    port,
    user,
    database,
    ssl: { ca, verifyIdentity: true },
    authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${await newToken(config)}\0`) },
    connectionLimit: POOL_SIZE,
  });
  return {
    config,
    db,
    pool,
    async [Symbol.asyncDispose]() {
      await Promise.all([db.close(), pool.end()]);
    },
  };
}
