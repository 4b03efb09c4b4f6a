import type { Gateway } from '../gateway.ts';
import type { EngineName, IamConfig, LocalCredentials } from '../local.ts';
import type { Relay } from '../relay/relay.ts';

export interface ClusterOptions {
  /** How many readers. Default 2, as a Multi-AZ DB cluster has. */
  readonly readers?: number;
  /** The AWS region the endpoints claim to be in. Default `us-east-1`. */
  readonly region?: string;
  /** Now, in ms since the epoch, for the verification of tokens. Default `Date.now`. */
  readonly clock?: () => number;
  /** Called with one line for what is worth knowing. */
  readonly log?: (line: string) => void;
}

/** A name that RDS would give, and what stands for it here: a port whose connections lead to the name's server. */
export interface ClusterEndpoint {
  /** Such as `shop.cluster-abc123.us-east-1.rds.amazonaws.com`. */
  readonly name: string;
  /** To be laid over a configuration; `{ host, port }` for a `reader`. */
  readonly address: { readonly host: string; readonly port: number; readonly signingHost: string };
  /** Tokens, certificates, client connections. */
  readonly gateway: Gateway;
  /** Through which every client comes: latency, cuts, black holes. */
  readonly relay: Relay;
}

/** One of the servers. They are named by their index, which stays the same when roles change. */
export interface ClusterServer {
  /** URL of a superuser, past every endpoint. */
  readonly url: string;
  readonly role: 'writer' | 'reader';
  readonly isRunning: boolean;
  /** The endpoint of this instance. */
  readonly endpoint: ClusterEndpoint;
}

export interface FailOverOptions {
  /** The server that is to be the writer. Default: the reader that has got most. */
  readonly to?: number;
  /**
   * What becomes of the connections to the old writer. `cut`: they end without a word. `black-hole`: they stay open, and
   * nobody is there any more. `keep`: they stay where they are, less those in a transaction, and every write on them is
   * refused as read-only; PostgreSQL's old writer then takes nobody in until it has been restarted. Default `cut`.
   */
  readonly sockets?: 'cut' | 'black-hole' | 'keep';
  /**
   * When the names lead to the new servers. `stale`: not before `refreshNames()`, as long as a client believes in an old
   * DNS answer; until then the writer's name leads to a server that is read-only. Default `at once`.
   */
  readonly names?: 'at once' | 'stale';
}

/** A writer and its readers: real servers with real replication, behind endpoints as RDS has them. */
export interface Cluster<A extends string = string> extends AsyncDisposable {
  readonly kind: 'PostgreSQL' | 'MySQL';
  readonly version: string;
  /** A ready configuration: the writer's endpoint, user `app`, database `simple_db`. */
  readonly config: IamConfig<A>;
  /** The cluster's name: leads to the writer. */
  readonly writer: ClusterEndpoint;
  /** The readers' name: leads to the running readers in turn, to the writer when there is none. */
  readonly reader: ClusterEndpoint;
  /** What every name leads to on this machine. */
  readonly names: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  readonly servers: readonly ClusterServer[];
  readonly credentials: LocalCredentials;
  /** PEM of the CA that signed the endpoints' certificates. */
  readonly ca: string;
  /**
   * Makes a reader the writer, and the writer, if it runs, a reader. Acknowledged commits stay, but for those of a MySQL
   * writer that was killed before a reader had got them.
   */
  failOver(options?: FailOverOptions): Promise<void>;
  /** Ends what `names: 'stale'` began. */
  refreshNames(): void;
  /** Stops a reader from applying what it gets: it lags more and more. */
  holdReplication(server: number): Promise<void>;
  resumeReplication(server: number): Promise<void>;
  /** Resolves when every running reader that is not held has what the writer has now. */
  caughtUp(): Promise<void>;
  /** Ends a server as a crash does. Its connections are cut, new ones are refused. */
  killServer(server: number): Promise<void>;
  /** Starts it again, in the role it had, or as a reader if another is the writer now. */
  restartServer(server: number): Promise<void>;
  /** Ends everything, and waits until it is gone. */
  close(): Promise<void>;
}

/** The adapter for each engine. */
export interface ClusterAdapters {
  readonly postgres: 'iam-pg';
  readonly mysql: 'iam-mysql2';
}

export type ClusterOf<E extends EngineName> = Cluster<ClusterAdapters[E]>;
