import type { KnownCredentials } from '../sigv4.ts';
import type { DataApiPolicyStatement } from './access.ts';
import type { DataApiCall } from './call-log.ts';
import type { EngineVersion } from './errors.ts';
import type { Faults } from './faults.ts';

/** An Aurora cluster as the Data API sees it. */
export interface DataApiCluster {
  /** Default true. False: HttpEndpointNotEnabledException. */
  readonly httpEndpointEnabled?: boolean;
  /** Default true. False: the cluster has no DB instance, DatabaseNotFoundException. */
  readonly hasInstance?: boolean;
}

/**
 * A secret of Secrets Manager.
 * - `user`, `password`: the database user; its own password, when left out
 * - `invalid`: it holds no user name and password, InvalidSecretException
 * - `unreadable`: it cannot be decrypted, SecretsErrorException
 */
export type DataApiSecret =
  | { readonly user: string; readonly password?: string }
  | { readonly state: 'invalid' | 'unreadable' };

/** The limits of the service; those that tests want to reach without waiting can be lowered. */
export interface DataApiLimits {
  /** Time for a statement, in ms, by the real clock. Default 45 000. */
  statementMs: number;
  /** Bytes of an answer. Default 1 MiB. */
  resultBytes: number;
  /** Bytes of an answer with `formatRecordsAs: JSON`. Default 10 MB. */
  formattedBytes: number;
  /** Bytes of a row. Default: none; documented are 64 KiB, and v2 gives more. */
  rowBytes: number;
  /** Bytes of a request, headers included. Default 4 MiB. */
  requestBytes: number;
  /** Characters of a statement. Default 65 536, by AWS's model. */
  sqlCharacters: number;
  /** Server connections for one user to one database. Default 500. A server that allows fewer says so itself. */
  connections: number;
  /** How long a call waits for a server connection when all are in use, in ms. Default 10 000. */
  connectionWaitMs: number;
}

/** An endpoint that behaves as the RDS Data API does, over a real engine; and its controls for tests. */
export interface DataApi {
  /** `http://127.0.0.1:<port>`. Clients may put a path of their own behind it. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  /** The cluster and the secret that the ready configurations name. */
  readonly resourceArn: string;
  readonly secretArn: string;
  /** AWS credentials the endpoint knows, by access key id. Change it at will, as everything below. */
  readonly credentials: Map<string, KnownCredentials>;
  /** Who may do what. */
  readonly policy: DataApiPolicyStatement[];
  /** By ARN. */
  readonly clusters: Map<string, DataApiCluster>;
  /** By ARN. There is one for every user of `Local.createUser`: see `secretArnOf`. */
  readonly secrets: Map<string, DataApiSecret>;
  readonly limits: DataApiLimits;
  /** The server's settings in every session from now on. Default: UTC and ISO dates on PostgreSQL, none on MySQL. */
  readonly sessionSettings: Map<string, string>;
  /** Which generation of the service to imitate. Default `v2`. */
  engineVersion: EngineVersion;
  /** What goes wrong. */
  readonly faults: Pick<Faults, 'add' | 'clear'>;
  /** Every call so far, in the order they came. */
  readonly calls: readonly DataApiCall[];
  /** TCP connections of clients: open now, and accepted since the start. */
  readonly connections: { readonly open: number; readonly total: number };
  /** Server connections that are open now. */
  readonly serverConnections: number;
  /** Transactions that are open now. */
  readonly openTransactions: number;
  /**
   * Ends every transaction that no call has used for so long, as if its 3 minutes were over: what a client that was cut
   * off has left behind. Default 0: all that no call uses now.
   */
  expireTransactions(idleMs?: number): void;
  /** Cuts every client's connection without a word; what runs still completes. New connections are accepted. */
  destroyConnections(): void;
  /** The ARN of the secret that belongs to a database user. */
  secretArnOf(user: string): string;
}
