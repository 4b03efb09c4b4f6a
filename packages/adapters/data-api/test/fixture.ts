import { type Connection, type ConnectOptions, connect } from '@sqlport/core';
import { type ConnectorError, isConnectorError } from '@sqlport/core/spi';
import {
  type DataApi,
  type Local,
  type DataApiConfig as LocalConfig,
  type LocalDatabase,
  startLocal,
} from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { inject } from 'vitest';
import { type DataApiEndpointConfig, dataApi } from '../src/index.ts';

export type Engine = 'mysql' | 'postgres';

/** URL of a superuser of the server that all test files share. */
export function serverUrl(engine: Engine): string {
  const server = inject('sqlportLocal')[engine];
  if (server === false) throw new Error(`There is no ${engine}; the warning of the set-up says why.`);
  return server.url;
}

/** An endpoint and a database of one test file's own, over the shared server. */
export class Fixture {
  readonly engine: Engine;
  readonly local: Local;
  readonly database: LocalDatabase;
  readonly #clock: { aheadMs: number };
  readonly #connections: Connection[] = [];

  private constructor(engine: Engine, local: Local, database: LocalDatabase, clock: { aheadMs: number }) {
    this.engine = engine;
    this.local = local;
    this.database = database;
    this.#clock = clock;
  }

  static async start(engine: Engine): Promise<Fixture> {
    const clock = { aheadMs: 0 };
    const local = await startLocal({
      postgres: engine === 'postgres' && { url: serverUrl('postgres') },
      mysql: engine === 'mysql' && { url: serverUrl('mysql') },
      clock: () => Date.now() + clock.aheadMs,
    });
    return new Fixture(engine, local, await local.createDatabase(), clock);
  }

  get endpoint(): DataApi {
    return this.local.endpoints[`data-api-${this.engine}`];
  }

  get config(): LocalConfig<Engine> {
    return this.database.configs[`data-api-${this.engine}`];
  }

  /** Sets the clock of the endpoint ahead of ours. */
  setClockAhead(ms: number): void {
    this.#clock.aheadMs = ms;
  }

  /** A connection; closed with the fixture. Nothing is repeated by itself. */
  connect(change: Partial<DataApiEndpointConfig> = {}, options: ConnectOptions = {}): Connection {
    const connection = connect(dataApi({ ...this.config, ...change }), { retry: false, ...options });
    this.#connections.push(connection);
    return connection;
  }

  /** The requests that some work needs: `Execute`, `BeginTransaction` … */
  async operationsOf(work: () => Promise<unknown>): Promise<readonly unknown[]> {
    const before = this.endpoint.calls.length;
    await work();
    return this.endpoint.calls.slice(before).map(({ operation }) => operation);
  }

  /** Ends what the endpoint has open at the database, as a server does that dies. */
  async endSessions(): Promise<void> {
    const { name } = this.database;
    const server = this.local[this.engine]!.url;
    if (this.engine === 'postgres') {
      const admin = new pg.Client(server);
      await admin.connect();
      // Those that are idle are the endpoint's own affair, and it may lend them before it notices.
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND state <> 'idle'",
        [name],
      );
      await admin.end();
      return;
    }
    const admin = await mysql.createConnection(server);
    const [rows] = await admin.query('SELECT id AS id FROM information_schema.processlist WHERE db = ?', [name]);
    for (const { id } of rows as { id: number }[]) await admin.query('KILL ?', [id]).catch(() => {});
    await admin.end();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.local.close();
  }
}

/** What a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<ConnectorError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isConnectorError(error)) throw new Error(`It did not fail with a ConnectorError: ${String(error)}`);
  return error;
}
