import type { DataApi } from './data-api/data-api.ts';
import type { LocalEngine } from './engine.ts';
import type { Gateway } from './gateway.ts';
import type { RdsProxy } from './proxy/rds-proxy.ts';
import type { TidbServerlessConfig, TidbServerlessDefaults } from './tidb/config.ts';
import type { TidbEndpoint } from './tidb/controls.ts';

/** What to start, and how. */
export interface LocalOptions {
  /**
   * Whether to have PostgreSQL. `url`: of a superuser on a running server, to be used instead of starting one, over
   * plain TCP; the environment variable `SQLPORT_POSTGRES_URL` does the same. Default true.
   */
  readonly postgres?: boolean | { readonly url?: string };
  /** The same for MySQL, with `SQLPORT_MYSQL_URL`. */
  readonly mysql?: boolean | { readonly url?: string };
  /**
   * Starts the engines with defaults that no client should trust: other date and interval styles, another time zone,
   * no `standard_conforming_strings`, no strict `sql_mode`, latin1, … Not for servers given by URL. Default false.
   */
  readonly hostile?: boolean;
  /** The AWS region the endpoints claim to be in. Default `us-east-1`. */
  readonly region?: string;
  /** Now, in ms since the epoch, for signatures, sessions, transactions and quotas. Default `Date.now`. */
  readonly clock?: () => number;
  /** Called with one line for what is worth knowing. Default: only warnings are given, as process warnings. */
  readonly log?: (line: string) => void;
  /** Called for each statement that an endpoint was asked to run, before anybody knows what comes of it. */
  readonly onStatement?: (statement: LocalStatement) => void;
}

/** A statement as it arrived at an endpoint, with all literals that are in it. */
export interface LocalStatement {
  readonly strategy: StrategyName;
  readonly engine: EngineName;
  readonly text: string;
}

/** The AWS credentials every endpoint knows from the start. Made up afresh by every start. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What an adapter that logs in by IAM needs and a URL cannot hold. */
export interface IamDefaults {
  readonly region: string;
  /** PEM of the CA that signed the gateways' certificates. */
  readonly ca: string;
  readonly credentials: LocalCredentials;
}

/** A ready configuration of an adapter that logs in by IAM. */
export interface IamConfig<A extends string> extends IamDefaults {
  readonly adapter: A;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A ready configuration of the adapter for the RDS Data API. */
export interface DataApiConfig<E extends EngineName = EngineName> {
  readonly adapter: 'data-api';
  readonly engine: E;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  readonly region: string;
  readonly credentials: LocalCredentials;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

/** What the Data API's adapter needs and a URL cannot hold. */
export interface DataApiDefaults {
  readonly credentials: LocalCredentials;
}

export type EngineName = 'postgres' | 'mysql';

/** A ready configuration for each strategy. */
export interface LocalConfigs {
  readonly 'iam-pg': IamConfig<'iam-pg'>;
  readonly 'iam-mysql2': IamConfig<'iam-mysql2'>;
  readonly 'tidb-serverless': TidbServerlessConfig;
  readonly 'data-api-postgres': DataApiConfig<'postgres'>;
  readonly 'data-api-mysql': DataApiConfig<'mysql'>;
}

/** What each strategy's endpoint is steered with. */
export interface LocalEndpoints {
  readonly 'iam-pg': Gateway;
  readonly 'iam-mysql2': Gateway;
  readonly 'tidb-serverless': TidbEndpoint;
  readonly 'data-api-postgres': DataApi;
  readonly 'data-api-mysql': DataApi;
}

/** An RDS Proxy before each engine, for the adapters that can use one. */
export interface LocalProxies {
  readonly 'iam-pg': RdsProxy;
  readonly 'iam-mysql2': RdsProxy;
}

export type StrategyName = keyof LocalConfigs;

/** The same as {@link LocalConfigs}, as URLs; what no URL may hold is in {@link LocalDefaults}. */
export type LocalUrls = Readonly<Record<StrategyName, string>>;

/** By adapter, what no URL may hold: the `defaults` of `defineConnector`. */
export interface LocalDefaults {
  readonly 'iam-pg': IamDefaults;
  readonly 'iam-mysql2': IamDefaults;
  readonly 'tidb-serverless': TidbServerlessDefaults;
  readonly 'data-api': DataApiDefaults;
}

/** A database of one's own on every engine. */
export interface LocalDatabase extends AsyncDisposable {
  readonly name: string;
  readonly configs: LocalConfigs;
  readonly urls: LocalUrls;
  /** Drops it, cutting off who uses it. `Local.close()` does so too. */
  drop(): Promise<void>;
}

/**
 * Running engines and the endpoints before them. Reading the configuration, URL or endpoint of a strategy whose engine
 * is not there throws, and says why it is not.
 */
export interface Local extends AsyncDisposable {
  /** For the user `app` and the database `simple_db`, which are there from the start. */
  readonly configs: LocalConfigs;
  readonly urls: LocalUrls;
  readonly defaults: LocalDefaults;
  readonly endpoints: LocalEndpoints;
  readonly proxies: LocalProxies;
  readonly region: string;
  readonly credentials: LocalCredentials;
  /** PEM of the CA that signed the gateways' certificates. */
  readonly ca: string;
  /** Undefined when it was not asked for, or could not be had. */
  readonly postgres: LocalEngine | undefined;
  readonly mysql: LocalEngine | undefined;
  /** Makes a database `sqlport_<random>` on every engine. It belongs to `app`. */
  createDatabase(): Promise<LocalDatabase>;
  /** Makes a further database user on every engine; the credentials in `defaults` may connect as it. */
  createUser(user: string): Promise<void>;
  /** Ends everything that was started, and waits until it is gone. */
  close(): Promise<void>;
}
