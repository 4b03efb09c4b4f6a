import { type Connection, type ConnectOptions, connect } from '@sqlport/core';
import { dataApi } from '@sqlport/data-api';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import type { LocalConfigs } from '@sqlport/local';
import { tidbServerless } from '@sqlport/tidb-serverless';

export type Engine = 'mysql' | 'postgres';

/** Every strategy of a dialect. The first goes by TCP: where two differ, it is right. */
export const STRATEGIES = {
  mysql: ['iam-mysql2', 'data-api-mysql', 'tidb-serverless'],
  postgres: ['iam-pg', 'data-api-postgres'],
} as const;

export type Strategy = (typeof STRATEGIES)[Engine][number];

/** A connection that repeats nothing by itself. */
export function open(strategy: Strategy, configs: LocalConfigs, options: ConnectOptions = {}): Connection {
  return connect(adapterOf(strategy, configs), { retry: false, ...options });
}

function adapterOf(strategy: Strategy, configs: LocalConfigs) {
  switch (strategy) {
    case 'iam-mysql2':
      return iamMysql2(configs[strategy]);
    case 'iam-pg':
      return iamPg(configs[strategy]);
    case 'tidb-serverless':
      return tidbServerless(configs[strategy]);
    default:
      return dataApi(configs[strategy]);
  }
}
