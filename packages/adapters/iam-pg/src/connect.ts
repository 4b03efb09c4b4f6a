import { inLambda, type Login, type LoginSource, logIn, type TlsPolicy } from '@sqlport/aws-auth';
import { ConnectorError, interrupted, type ValueOptions } from '@sqlport/core/spi';
import type { PhysicalConnections } from '@sqlport/core/spi/pool';
import type { Settings } from './config.ts';
import { connectError } from './error.ts';
import type { PgClient } from './pg-client.ts';
import { PhysicalConnection } from './physical-connection.ts';

/** The slice of the module `pg` that is used. */
export interface PgModule {
  readonly Client: new (config: object) => PgClient;
}

/** What it takes to open connections to one server. */
export interface ServerAccess {
  readonly pg: PgModule;
  readonly settings: Settings;
  readonly logins: LoginSource;
  /** Undefined: plaintext. */
  readonly tls: TlsPolicy | undefined;
  readonly values: ValueOptions;
}

/** What the contract needs of a session. Set by the startup packet, which costs no round trip. */
const SESSION = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
};
/** In Lambda the server ends sessions that sleep for longer, so that frozen environments do not hold connections. */
const LAMBDA_IDLE_MS = 300_000;

/** Opens and keeps physical connections to one server, for a pool. */
export class ServerConnections implements PhysicalConnections<PhysicalConnection> {
  readonly #access: ServerAccess;
  /** `idle_session_timeout` came with PostgreSQL 14; an older server refuses the login for it, once. */
  #idleLimit = inLambda();

  constructor(access: ServerAccess) {
    this.#access = access;
  }

  open(signal: AbortSignal): Promise<PhysicalConnection> {
    const { settings, logins } = this.#access;
    return logIn(logins, settings, signal, (login, limit) => this.#connect(login, limit));
  }

  isAlive(connection: PhysicalConnection): boolean {
    return connection.isIdle;
  }

  /** An exchange of nothing but Sync. */
  async probe(connection: PhysicalConnection): Promise<void> {
    await connection.run([]);
  }

  async end(connection: PhysicalConnection): Promise<void> {
    await connection.client.end();
  }

  destroy(connection: PhysicalConnection): void {
    connection.destroy();
  }

  ref(connection: PhysicalConnection): void {
    connection.client.ref();
  }

  unref(connection: PhysicalConnection): void {
    connection.client.unref();
  }

  async #connect(login: Login, signal: AbortSignal): Promise<PhysicalConnection> {
    try {
      return await this.#logIn(login, signal);
    } catch (error) {
      const unknownSetting = error instanceof ConnectorError && error.sqlState === '42704';
      if (!unknownSetting || !this.#idleLimit) throw error;
      this.#idleLimit = false;
      return this.#logIn(login, signal);
    }
  }

  async #logIn(login: Login, signal: AbortSignal): Promise<PhysicalConnection> {
    const { pg, settings, tls, values } = this.#access;
    const secureContext = await tls?.secureContext();
    if (signal.aborted) throw interrupted(signal, 'not-applied');
    const client = new pg.Client({
      host: settings.host,
      port: settings.port,
      database: settings.database,
      user: login.user,
      // As a function, or pg would replace an empty password by PGPASSWORD.
      password: () => login.password,
      ssl:
        tls === undefined
          ? false
          : { secureContext, checkServerIdentity: tls.checkServerIdentity, rejectUnauthorized: true },
      sslnegotiation: 'postgres',
      application_name: settings.applicationName,
      options: this.#options(),
      keepAlive: true,
    });
    const connection = new PhysicalConnection(client, values, { tls });
    const onAbort = () => connection.destroy();
    signal.addEventListener('abort', onAbort);
    try {
      await client.connect();
      return connection;
    } catch (error) {
      connection.destroy();
      throw signal.aborted ? interrupted(signal, 'not-applied') : connectError(error);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #options(): string {
    const session = this.#idleLimit ? { ...SESSION, idle_session_timeout: LAMBDA_IDLE_MS } : SESSION;
    return Object.entries(session)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' ');
  }
}
