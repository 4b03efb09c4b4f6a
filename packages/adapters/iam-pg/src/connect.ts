import { inLambda, type Login, type LoginSource, logIn, type TlsPolicy } from '@sqlport/aws-auth';
import { ConnectorError, interrupted, type ValueOptions } from '@sqlport/core/spi';
import type { PhysicalConnections } from '@sqlport/core/spi/pool';
import type { Settings } from './config.ts';
import { connectError } from './error.ts';
import type { PgClient } from './pg-client.ts';
import { PhysicalConnection } from './physical-connection.ts';
import { PROXIED_SESSION, SESSION, wrongSettings } from './session-settings.ts';

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
      ...(settings.proxy ? {} : { options: this.#options() }),
      keepAlive: true,
    });
    const connection = settings.proxy
      ? new PhysicalConnection(client, values, { named: false })
      : new PhysicalConnection(client, values, { cancelAccess: { tls } });
    const reported = new Map<string, string>();
    if (settings.proxy) throughProxy(client, reported);
    const onAbort = () => connection.destroy();
    signal.addEventListener('abort', onAbort);
    try {
      await client.connect();
      checkReported(reported);
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

/** Makes a client of pg log in as RDS Proxy wants it, and collects what the server reports about the session. */
function throughProxy(client: PgClient, reported: Map<string, string>): void {
  const { user, database, application_name } = client.getStartupConf() as Record<string, string>;
  const packet = { user: user!, database: database!, application_name: application_name!, ...PROXIED_SESSION };
  client.getStartupConf = () => packet;
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    reported.set(parameterName, parameterValue);
  });
}

/** What a session through RDS Proxy relies on and must not set, since a SET would pin it, somebody else has to set. */
function checkReported(reported: ReadonlyMap<string, string>): void {
  const wrong = wrongSettings(reported);
  if (wrong.length === 0) return;
  const settings = { ...SESSION, client_encoding: 'UTF8', integer_datetimes: 'on' } as Readonly<Record<string, string>>;
  const wanted = wrong.map((name) => `${name} = '${settings[name]}'`).join(', ');
  throw new ConnectorError(
    'CONFIG',
    `The database behind RDS Proxy has other settings than sqlport relies on. Set ${wanted} in its parameter group, or by ALTER ROLE.`,
  );
}
