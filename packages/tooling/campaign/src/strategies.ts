import { type Connection, connect } from '@sqlport/core';
import type { Adapter } from '@sqlport/core/spi';
import { dataApi } from '@sqlport/data-api';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import { tidbServerless } from '@sqlport/tidb-serverless';
import type { Target } from './servers/target.ts';

export const STRATEGIES = ['iam-pg', 'iam-mysql2', 'data-api-postgres', 'data-api-mysql', 'tidb-serverless'] as const;

export type Strategy = (typeof STRATEGIES)[number];

export const isTcp = (strategy: Strategy): boolean => strategy.startsWith('iam-');

export const isPostgres = (strategy: Strategy): boolean => strategy === 'iam-pg' || strategy === 'data-api-postgres';

/** Enough for another try after a connection that was swallowed while it was made. */
const RETRY = { attempts: 3, budgetMs: 15_000 };

/** Beyond what an adapter takes to give up a connection that no longer answers, and its place in the pool with it. */
const ACQUIRE_MS = 10_000;

/** Changes an adapter; tests use it to break one on purpose. */
export type Change = (adapter: Adapter) => Adapter;

/** A connection to a target, through its relay. `max` is of the strategies that have a pool. */
export function open(target: Target, max: number, change: Change = (adapter) => adapter): Connection {
  return connect(change(adapterOf(target, max)), { retry: RETRY });
}

function adapterOf({ config }: Target, max: number): Adapter {
  const pool = { max, connectTimeoutMs: 2_000, acquireTimeoutMs: ACQUIRE_MS };
  switch (config.adapter) {
    case 'iam-pg':
      return iamPg({ ...config, ...pool });
    case 'iam-mysql2':
      return iamMysql2({ ...config, ...pool });
    case 'data-api':
      return dataApi({ ...config, connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 });
    case 'tidb-serverless': {
      const { port, ...server } = config;
      return tidbServerless({ ...server, fetch: fetchFrom(port), requestTimeoutMs: 5_000 });
    }
  }
}

/** Leads every request to a port of this machine, where the relay listens. */
function fetchFrom(port: number): typeof fetch {
  return (input, init) => {
    const { pathname, search } = new URL(String(input));
    return fetch(`http://127.0.0.1:${port}${pathname}${search}`, init);
  };
}
