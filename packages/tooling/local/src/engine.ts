/** A real database server behind a gateway. */
export interface LocalEngine {
  readonly kind: 'PostgreSQL' | 'MySQL' | 'MariaDB';
  /** As the server itself says, e.g. `15.8` or `9.7.0`. */
  readonly version: string;
  /** URL of a superuser, for direct access past the gateway, without TLS. */
  readonly url: string;
}

/** What the rest of the package needs from an engine, whichever it is. Every method may run concurrently anywhere. */
export interface Engine extends LocalEngine {
  readonly address: { readonly host: string; readonly port: number };
  /** Whether the user can log in, and use the database. */
  canLogIn(user: string, password: string, database: string): Promise<boolean>;
  /**
   * Makes sure that the user exists and has this password.
   * Throws when the server has a user of that name with another password.
   */
  ensureUser(user: string, password: string): Promise<void>;
  /** Makes sure that the database exists and that the user may do everything in it. */
  ensureDatabase(database: string, owner: string): Promise<void>;
  /** Drops the database if it is there, cutting off who uses it. */
  dropDatabase(database: string): Promise<void>;
}
