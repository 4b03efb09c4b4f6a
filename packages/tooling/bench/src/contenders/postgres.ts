import { type Connection, connect } from '@sqlport/core';
import { iamPg } from '@sqlport/iam-pg';
import type { IamConfig } from '@sqlport/local';
import pg from 'pg';
import { POOL_SIZE } from './pool-size.ts';
import { newToken } from './recipe.ts';

/** The same PostgreSQL by both ways. */
export interface PostgresContenders extends AsyncDisposable {
  readonly config: IamConfig<'iam-pg'>;
  readonly db: Connection;
  /** Raw `pg`. */
  readonly pool: pg.Pool;
}

export function openPostgres(config: IamConfig<'iam-pg'>): PostgresContenders {
  const db = connect(iamPg({ ...config, max: POOL_SIZE }));
  const { host, port, user, database, ca } = config;
  const password = () => newToken(config);
  const pool = new pg.Pool({ host, port, user, database, password, ssl: { ca }, max: POOL_SIZE });
  return {
    config,
    db,
    pool,
    async [Symbol.asyncDispose]() {
      await Promise.all([db.close(), pool.end()]);
    },
  };
}
