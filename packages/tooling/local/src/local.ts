import type { LocalEngine } from './engine.ts';
import type { Gateway } from './gateway.ts';

/** What to start, and how. */
export interface LocalOptions {
  /**
   * Whether to have PostgreSQL. `url`: of a superuser on a running server, to be used instead of starting one, over
   * plain TCP; the environment variable `SQLPORT_POSTGRES_URL` does the same. Default true.
   */
  readonly postgres?: boolean | { readonly url?: string };
  /** The same for MySQL, with `SQLPORT_MYSQL_URL`. */
  readonly mysql?: boolean | { readonly url?: string };
  /** The AWS region the gateways claim to be in. Default `us-east-1`. */
  readonly region?: string;
  /** Now, in ms since the epoch, for the verification of tokens. Default `Date.now`. */
  readonly clock?: () => number;
  /** Called with one line for what is worth knowing. Default: only warnings are given, as process warnings. */
  readonly log?: (line: string) => void;
}

/** The AWS credentials every gateway knows from the start. Made up afresh by every start. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What all configurations have in common. */
export interface LocalDefaults {
  readonly region: string;
  /** PEM of the CA that signed the gateways' certificates. */
  readonly ca: string;
  readonly credentials: LocalCredentials;
}

/** A ready adapter configuration. */
export interface LocalConfig<A extends string> extends LocalDefaults {
  readonly adapter: A;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A configuration for each strategy. Reading one whose engine is not there throws, and says why it is not. */
export interface LocalConfigs {
  readonly 'iam-pg': LocalConfig<'iam-pg'>;
  readonly 'iam-mysql2': LocalConfig<'iam-mysql2'>;
}

export type LocalAdapter = keyof LocalConfigs;

/** The same as {@link LocalConfigs}, as URLs; `ca` and `credentials` never stand in one, see {@link LocalDefaults}. */
export type LocalUrls = Readonly<Record<LocalAdapter, string>>;

/** A database of one's own on every engine. */
export interface LocalDatabase extends AsyncDisposable {
  readonly name: string;
  readonly configs: LocalConfigs;
  readonly urls: LocalUrls;
  /** Drops it, cutting off who uses it. `Local.close()` does so too. */
  drop(): Promise<void>;
}

/** Running engines and the gateways before them. */
export interface Local extends AsyncDisposable {
  /** For the user `app` and the database `simple_db`, which are there from the start. */
  readonly configs: LocalConfigs;
  readonly urls: LocalUrls;
  readonly defaults: LocalDefaults;
  /** PEM of the CA that signed the gateways' certificates. */
  readonly ca: string;
  /** Undefined when it was not asked for, or could not be had. */
  readonly postgres: LocalEngine | undefined;
  readonly mysql: LocalEngine | undefined;
  readonly gateways: Readonly<Record<LocalAdapter, Gateway>>;
  /** Makes a database `sqlport_<random>` on every engine. It belongs to `app`. */
  createDatabase(): Promise<LocalDatabase>;
  /** Makes a further database user on every engine; the credentials in `defaults` may connect as it. */
  createUser(user: string): Promise<void>;
  /** Ends everything that was started, and waits until it is gone. */
  close(): Promise<void>;
}
