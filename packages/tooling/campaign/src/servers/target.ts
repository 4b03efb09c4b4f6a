import type { DataApiConfig, IamConfig, TidbServerlessConfig } from '@sqlport/local';
import type { Strategy } from '../strategies.ts';

/** A database of its own behind an endpoint, reached through a relay of its own. */
export interface Target {
  readonly strategy: Strategy;
  /** Leads to the relay. TiDB's has the relay's port in the place of `fetch`, which no message can hold. */
  readonly config:
    | IamConfig<'iam-pg'>
    | IamConfig<'iam-mysql2'>
    | DataApiConfig
    | (Omit<TidbServerlessConfig, 'fetch'> & { readonly port: number });
  /** Of a superuser of the engine, for the same database, past relay and endpoint. */
  readonly url: string;
}

/** What a target's client holds on the servers. */
export interface Held {
  /** Connections of the client to the relay. */
  readonly connections: number;
  /** Transactions and sessions that an HTTP endpoint keeps for it. */
  readonly sessions: number;
  /** Transactions that the engine has open in the database. */
  readonly transactions: number;
}
