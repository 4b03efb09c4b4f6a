import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { inLambda, type Login, type LoginSource, logIn, type TlsPolicy } from '@sqlport/aws-auth';
import { interrupted, isConnectorError, type ValueOptions } from '@sqlport/core/spi';
import type { PhysicalConnections } from '@sqlport/core/spi/pool';
import type { ConnectionOptions } from 'mysql2';
import type { KillAccess } from './cancel.ts';
import type { Settings } from './config.ts';
import { asNotApplied, connectError } from './error.ts';
import type { Mysql2Connection, Mysql2Error } from './mysql2-connection.ts';
import { type ConnectionRights, PhysicalConnection } from './physical-connection.ts';
import { sessionSetup } from './session-setup.ts';

/** The slice of the module `mysql2` that is used. */
export interface Mysql2Module {
  createConnection(options: ConnectionOptions): unknown;
}

/** What it takes to open connections to one server. */
export interface ServerAccess {
  readonly mysql2: Mysql2Module;
  readonly settings: Settings;
  readonly logins: LoginSource;
  /** Undefined: plaintext. */
  readonly tls: TlsPolicy | undefined;
  readonly values: ValueOptions;
}

/** A place to dial: a name or an address. */
interface Address {
  readonly host: string;
  readonly port: number;
}

type Tls = ConnectionOptions['ssl'] & object;

/** Off: reading local files for the server. On by mysql2's default: FOUND_ROWS, so that matched rows are counted. */
const FLAGS = ['-LOCAL_FILES'];

/** Opens and keeps physical connections to one server, for a pool. */
export class ServerConnections implements PhysicalConnections<PhysicalConnection> {
  readonly #access: ServerAccess;
  /** One object for all connections: mysql2 keeps parsed certificates and TLS sessions by its identity. */
  #tls: Promise<Tls> | undefined;

  constructor(access: ServerAccess) {
    this.#access = access;
  }

  /** Opens one that is set up for statements. Throws with outcome `not-applied`. */
  async open(signal: AbortSignal): Promise<PhysicalConnection> {
    const { settings } = this.#access;
    // Ids of RDS Proxy's are its own: KILL would hit a stranger. And a lock would pin the session.
    const rights = settings.proxy ? { proxied: true } : { killAccess: this.#killAccess() };
    return this.#open(settings, signal, rights, async (connection) => {
      await connection.query(sessionSetup(inLambda(), rights.killAccess?.lock));
    });
  }

  #killAccess(): KillAccess {
    return {
      lock: `sqlport_${randomBytes(12).toString('hex')}`,
      openBeside: async (victim, signal) => {
        if (victim.address === undefined) throw new Error('The socket is closed.');
        // One that is opened to kill needs no settings.
        return this.#open(victim.address, signal, {}, async () => {});
      },
    };
  }

  isAlive(connection: PhysicalConnection): boolean {
    return connection.isAlive;
  }

  async probe(connection: PhysicalConnection): Promise<void> {
    await connection.query('DO 0');
  }

  end(connection: PhysicalConnection): Promise<void> {
    return connection.end();
  }

  destroy(connection: PhysicalConnection): void {
    connection.destroy();
  }

  ref(connection: PhysicalConnection): void {
    connection.ref();
  }

  unref(connection: PhysicalConnection): void {
    connection.unref();
  }

  #open(
    address: Address,
    signal: AbortSignal,
    rights: ConnectionRights,
    setUp: (connection: PhysicalConnection) => Promise<void>,
  ): Promise<PhysicalConnection> {
    const { settings, logins } = this.#access;
    return logIn(logins, settings, signal, (login, limit) => this.#logIn(address, login, limit, rights, setUp));
  }

  async #logIn(
    address: Address,
    login: Login,
    signal: AbortSignal,
    rights: ConnectionRights,
    setUp: (connection: PhysicalConnection) => Promise<void>,
  ): Promise<PhysicalConnection> {
    const { mysql2, values } = this.#access;
    const tls = await this.#trusted();
    if (signal.aborted) throw interrupted(signal, 'not-applied');
    const socket = connectTcp({ host: address.host, port: address.port, noDelay: true, keepAlive: true });
    const native = mysql2.createConnection(this.#options(socket, login, tls)) as Mysql2Connection;
    // Without a listener, a connection that breaks while it is idle would end the process.
    native.on('error', () => {});
    const giveUp = () => {
      native.stream.destroy();
      socket.destroy();
    };
    signal.addEventListener('abort', giveUp);
    try {
      await new Promise<void>((resolve, reject) => {
        native.once('connect', () => resolve());
        native.once('error', reject);
      });
      const connection = new PhysicalConnection(native, values, rights);
      await setUp(connection);
      return connection;
    } catch (error) {
      giveUp();
      if (signal.aborted) throw interrupted(signal, 'not-applied');
      // Nothing of the caller's was sent yet.
      if (isConnectorError(error)) throw asNotApplied(error);
      throw connectError(error as Mysql2Error, native.stream.authorizationError);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #options(socket: Socket, login: Login, tls: Tls | undefined): ConnectionOptions {
    const { target, database, hasPassword } = this.#access.settings;
    return {
      // The name for TLS; what is dialled is up to the socket.
      host: target.host,
      port: target.port,
      stream: () => socket,
      user: login.user,
      database,
      ...(hasPassword ? { password: login.password } : {}),
      // mysql2 asks this where the server wants the password in clear text, as RDS wants a token: through TLS only.
      ...(tls === undefined
        ? {}
        : { ssl: tls, authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${login.password}\0`) } }),
      flags: FLAGS,
      // The time limit is our own.
      connectTimeout: 0,
    };
  }

  #trusted(): Promise<Tls> | undefined {
    const { tls } = this.#access;
    if (tls === undefined) return undefined;
    this.#tls ??= tls.certificates().then(
      (ca) => ({ ...(ca === undefined ? {} : { ca: [...ca] }), verifyIdentity: true }),
      (error: unknown) => {
        this.#tls = undefined;
        throw error;
      },
    );
    return this.#tls;
  }
}
