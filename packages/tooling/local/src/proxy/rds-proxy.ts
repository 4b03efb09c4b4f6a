import type { Gateway } from '../gateway.ts';
import { type Backend, BackendPool, type PoolLimits } from './backend-pool.ts';

/** Why a session keeps its backend until it ends. Source: RDS user guide, "Avoiding pinning an RDS Proxy". */
export type PinReason =
  | 'SET'
  | 'SET TRANSACTION'
  | 'prepared statement'
  | 'statement over 16 KB'
  | 'temporary object'
  | 'cursor'
  | 'DISCARD'
  | 'LISTEN'
  | 'LOAD'
  | 'sequence'
  | 'advisory lock'
  | 'GET_LOCK'
  | 'LOCK TABLES'
  | 'user variable';

export interface Pin {
  /** The session, counted from 1 in the order of logins. */
  readonly session: number;
  readonly reason: PinReason;
}

/** A KILL that a MySQL client sent through the proxy. The engine got it as it was. */
export interface Kill {
  /** The session that sent it, and those that were on the backend it named: strangers, as a rule. */
  readonly session: number;
  readonly hit: readonly number[];
  /** The id it named. */
  readonly id: number;
}

/**
 * Refuses logins the way RDS Proxy does under load.
 * - `iam-rate`: MySQL 1040 `IAM authentication rate limit exceeded`; PostgreSQL 53300 `The IAM authentication failed
 *   because of too many competing requests.`
 * - `connection-rate`: 1040 `Connections rate limit exceeded`; 53300 `Rate of connection to proxy exceeded`
 * - `connection-limit`: 1040 `Number simultaneous connections exceeded`; 53300 `The maximum number of client
 *   connections to the proxy exceeded`
 */
export type ProxyThrottle = 'iam-rate' | 'connection-rate' | 'connection-limit';

/** An endpoint that behaves as RDS Proxy does, over a real engine; and its controls for tests. */
export interface RdsProxy {
  /** Logins, certificates, client connections: the same controls as those of any gateway. */
  readonly gateway: Gateway;
  /** To be laid over a configuration: `{ ...local.configs['iam-pg'], ...local.proxies['iam-pg'].address }`. */
  readonly address: { readonly host: string; readonly port: number; readonly signingHost: string };
  /** May be changed at any time. */
  readonly limits: PoolLimits;
  /** What the next logins are refused with; undefined: they are not. */
  throttle: ProxyThrottle | undefined;
  /** Connections to the engine. `pinned`: those that belong to one session until it ends. */
  readonly backends: { readonly open: number; readonly idle: number; readonly pinned: number };
  /** Every session that was pinned so far, in order. */
  readonly pins: readonly Pin[];
  /** Every KILL of a MySQL client so far. */
  readonly kills: readonly Kill[];
  /** PostgreSQL cancel requests so far. RDS Proxy has none: they have no effect. */
  readonly ignoredCancelRequests: number;
  /** How often a session waited for a backend in vain. */
  readonly borrowTimeouts: number;
}

/** The state behind a proxy, whichever protocol it speaks. */
export class ProxyState<B extends Backend> {
  readonly limits: PoolLimits = { maxConnections: 5, borrowTimeoutMs: 120_000 };
  readonly pool = new BackendPool<B>(this.limits);
  readonly pins: Pin[] = [];
  readonly kills: Kill[] = [];
  throttle: ProxyThrottle | undefined;
  ignoredCancelRequests = 0;
  pinned = 0;
  #sessions = 0;

  /** Numbers a session. */
  nextSession(): number {
    return ++this.#sessions;
  }
}

/** What users see of a proxy. */
export function describeProxy<B extends Backend>(
  gateway: Gateway,
  signingHost: string,
  state: ProxyState<B>,
): RdsProxy {
  const { host, port } = gateway;
  return {
    gateway,
    address: { host, port, signingHost },
    limits: state.limits,
    pins: state.pins,
    kills: state.kills,
    get throttle() {
      return state.throttle;
    },
    set throttle(throttle) {
      state.throttle = throttle;
    },
    get backends() {
      return { ...state.pool.counts, pinned: state.pinned };
    },
    get ignoredCancelRequests() {
      return state.ignoredCancelRequests;
    },
    get borrowTimeouts() {
      return state.pool.timeouts;
    },
  };
}
