import type { DataServiceControls } from './data-service/controls.ts';
import type { OrderedTidbFault, TidbFault, TidbFaultScope } from './faults.ts';
import type { TidbOptions } from './sql-api.ts';

/** One request to `/v1beta/sql` whose user was let in. */
export interface TidbCall {
  readonly sql: string;
  /** The token it bore; empty: none. */
  readonly session: string;
  /** The token of the reply; undefined: no such header, or no reply. */
  readonly replySession: string | undefined;
  /** The HTTP status of the reply; undefined as long as there is none. */
  readonly status: number | undefined;
  /** The engine's user. */
  readonly user: string;
  readonly database: string;
  readonly isolation: string | undefined;
  readonly action: string | undefined;
  /** When it came, by the endpoint's clock, ms since the epoch. */
  readonly at: number;
}

/** The HTTP service of a TiDB Cloud Starter cluster, over a real MySQL; and its controls for tests. */
export interface TidbEndpoint {
  /** The cluster's host. The driver asks `https://http-<host>/v1beta/sql`, by {@link TidbEndpoint.fetch}. */
  readonly host: string;
  /** Where the service listens: plain HTTP on 127.0.0.1. */
  readonly port: number;
  /** A `fetch` that leads the service's own host names to its port and refuses every other host. */
  readonly fetch: typeof fetch;
  /** Hosts that were asked for by `fetch` and refused, in order. */
  readonly refusedHosts: readonly string[];
  /** Every request so far, in order. */
  readonly calls: readonly TidbCall[];
  /** Sessions that hold a server connection now. */
  readonly sessions: number;
  /** Server connections in use now: by sessions, and by statements outside of them. */
  readonly serverConnections: number;
  /**
   * What is uncertain about the service; change it at will.
   * - `errorForm`: how an SQL error is written
   * - `unknownSession`: what a statement with an unknown token meets: it runs in autocommit under a new token, or is
   *   refused as if the session had expired
   */
  readonly options: TidbOptions;
  /** What sessions start with, as `SET GLOBAL` would change it. The next session sees a change. */
  readonly sessionVariables: Record<string, string | number>;
  /** The Data Service of the same cluster, reached by the same `fetch`. */
  readonly dataService: DataServiceControls;
  /** A user of the engine as clients have to name it, with the cluster's prefix. */
  clientUser(user: string): string;
  /** The password of a user of the engine for this service. */
  passwordOf(user: string): string;
  /** Changes it, e.g. to one beyond Latin-1. Configurations that were read before keep the old one. */
  setPassword(user: string, password: string): void;
  /**
   * Ends every session that no statement has used for so long, as if its 10 minutes were over: what a client that was
   * cut off has left behind. Default 0: all that no statement uses now.
   */
  expireSessions(idleMs?: number): void;
  /** Lets something go wrong with the next calls. */
  injectFault(fault: TidbFault, scope?: TidbFaultScope): OrderedTidbFault;
  /** Forgets all faults that are still to come. */
  clearFaults(): void;
}
