import mysql from 'mysql2/promise';
import type { Engine } from '../engine.ts';

/** Who uses a connection, and how. */
export interface EngineLogin {
  readonly user: string;
  readonly password: string;
  /** Empty: none. */
  readonly database: string;
}

export interface EngineConnectionsSettings {
  readonly engine: Engine;
  /** Connections in use at once; who comes later waits. */
  readonly limit: number;
  /** Set on every connection that is given out, by name. */
  readonly variables: Readonly<Record<string, string | number>>;
}

/** Connections of one user that are kept for the next who comes. */
const keptPerUser = 8;
const collation = 'UTF8MB4_BIN';
/** How long a statement waits for a connection, in ms. */
const patienceMs = 30_000;
const tooMany = { errno: 1040, sqlState: '08004', sqlMessage: 'Too many connections' };

/**
 * A bounded number of connections to the engine. Each is given out as new: no session state, transaction or lock of
 * whoever had it before is left on it.
 */
export class EngineConnections {
  readonly #settings: EngineConnectionsSettings;
  readonly #inUse = new Map<mysql.Connection, string>();
  readonly #idle = new Map<string, mysql.Connection[]>();
  readonly #waiting: (() => void)[] = [];
  readonly #work = new Set<Promise<void>>();
  #taken = 0;
  #closed = false;

  constructor(settings: EngineConnectionsSettings) {
    this.#settings = settings;
  }

  /** Connections in use. */
  get inUse(): number {
    return this.#taken;
  }

  /** Throws the engine's error when there is no such database, or the user may not use it. */
  async take(login: EngineLogin): Promise<mysql.Connection> {
    await this.#takeSlot();
    let connection: mysql.Connection | undefined;
    try {
      if (this.#closed) throw new Error('The endpoint has been closed.');
      connection = this.#takeIdle(login.user) ?? (await this.#connect(login));
      await connection.query(this.#setUp());
      if (login.database) await connection.query(`use ${mysql.escapeId(login.database, true)}`);
      return connection;
    } catch (error) {
      if (connection) this.release(connection);
      else this.#freeSlot();
      throw error;
    }
  }

  /** Takes a connection back on which nothing runs any longer. */
  release(connection: mysql.Connection): void {
    const user = this.#inUse.get(connection);
    if (user === undefined) return;
    this.#inUse.delete(connection);
    this.#track(this.#renew(connection, user).finally(() => this.#freeSlot()));
  }

  /** Ends a connection, and what runs on it. */
  discard(connection: mysql.Connection): Promise<void> {
    if (!this.#inUse.delete(connection)) return Promise.resolve();
    // Destroyed only afterwards: what waits for its statement hears of the end.
    const killed = this.#kill(connection.threadId).finally(() => {
      connection.destroy();
      this.#freeSlot();
    });
    this.#track(killed);
    return killed;
  }

  /** Ends all connections, and waits until the engine has none of them. */
  async close(): Promise<void> {
    this.#closed = true;
    do {
      for (const connection of this.#inUse.keys()) void this.discard(connection);
      await Promise.all(this.#work);
    } while (this.#work.size > 0 || this.#inUse.size > 0);
    await Promise.all([...this.#idle.values()].flat().map((connection) => connection.end().catch(() => {})));
    this.#idle.clear();
  }

  async #takeSlot(): Promise<void> {
    if (this.#taken < this.#settings.limit) {
      this.#taken++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const tooLong = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        reject(Object.assign(new Error(tooMany.sqlMessage), tooMany));
      }, patienceMs);
      const next = () => {
        clearTimeout(tooLong);
        resolve();
      };
      this.#waiting.push(next);
    });
  }

  #takeIdle(user: string): mysql.Connection | undefined {
    const connection = this.#idle.get(user)?.pop();
    if (connection) this.#inUse.set(connection, user);
    return connection;
  }

  #connect(login: EngineLogin): Promise<mysql.Connection> {
    const connecting = this.#open(login);
    // Tracked, so that `close` also sees what is on its way.
    this.#track(
      connecting.then(
        () => {},
        () => {},
      ),
    );
    return connecting;
  }

  async #open({ user, password }: EngineLogin): Promise<mysql.Connection> {
    const connection = await mysql.createConnection({
      ...this.#settings.engine.address,
      user,
      password,
      charset: collation,
      // A name of a column that is also one of JavaScript's own breaks the compiled parser.
      disableEval: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      // As the Go driver of the real service: rows changed are counted, not rows matched; no files are read.
      flags: ['-FOUND_ROWS', '-LOCAL_FILES'],
    });
    connection.on('error', () => this.#forget(connection));
    this.#inUse.set(connection, user);
    return connection;
  }

  #setUp(): string {
    const { variables } = this.#settings;
    return `set ${Object.entries(variables)
      .map(([name, value]) => `session ${name} = ${mysql.escape(value)}`)
      .join(', ')}`;
  }

  /** Keeps a connection for the next, cleared of all state, or ends it. */
  async #renew(connection: mysql.Connection, user: string): Promise<void> {
    try {
      await connection.changeUser({ charset: collation });
    } catch {
      connection.destroy();
      return;
    }
    const kept = this.#idle.get(user) ?? [];
    this.#idle.set(user, kept);
    if (this.#closed || kept.length >= keptPerUser) await connection.end().catch(() => {});
    else kept.push(connection);
  }

  async #kill(threadId: number): Promise<void> {
    const { engine } = this.#settings;
    const url = new URL(engine.url);
    try {
      const superuser = await mysql.createConnection({
        ...engine.address,
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
      });
      superuser.on('error', () => {});
      await superuser.query('kill ?', [threadId]).catch(() => {});
      await waitUntilGone(superuser, threadId);
      await superuser.end();
    } catch {
      // The engine itself is gone.
    }
  }

  #forget(connection: mysql.Connection): void {
    for (const kept of this.#idle.values()) {
      const index = kept.indexOf(connection);
      if (index >= 0) kept.splice(index, 1);
    }
  }

  #freeSlot(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken--;
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }
}

/** A killed connection is rolled back before it leaves the list. */
async function waitUntilGone(superuser: mysql.Connection, threadId: number): Promise<void> {
  for (;;) {
    const [rows] = await superuser.query<mysql.RowDataPacket[]>(
      'select 1 from information_schema.processlist where id = ?',
      [threadId],
    );
    if (rows.length === 0) return;
    await superuser.query('do sleep(0.01)');
  }
}
