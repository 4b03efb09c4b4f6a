import { until } from '@sqlport/conformance/driver';
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

export { until };

export const ENGINES = ['postgres', 'mysql'] as const;

export type Engine = 'mysql' | 'postgres';

/** URL of a superuser of the server that all test files share. */
function serverUrl(engine: Engine): string {
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
  #admin: Promise<Admin> | undefined;

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

  /** Asks the database past the endpoint, as the server's superuser. Rows are arrays. */
  async ask(text: string): Promise<readonly (readonly unknown[])[]> {
    this.#admin ??= this.#openAdmin();
    return (await this.#admin).ask(text);
  }

  async #openAdmin(): Promise<Admin> {
    const url = new URL(this.local[this.engine]!.url);
    url.pathname = `/${this.database.name}`;
    if (this.engine === 'postgres') {
      const client = new pg.Client(url.href);
      await client.connect();
      return {
        ask: async (text) => (await client.query({ text, rowMode: 'array' })).rows,
        end: () => client.end(),
      };
    }
    const client = await mysql.createConnection(url.href);
    return {
      ask: async (text) => (await client.query({ sql: text, rowsAsArray: true }))[0] as unknown[][],
      end: () => client.end(),
    };
  }

  /** Ends what the endpoint has open at the database, as a server does that dies. */
  async endSessions(): Promise<void> {
    const { name } = this.database;
    if (this.engine === 'postgres') {
      // Those that are idle are the endpoint's own affair, and it may lend them before it notices.
      await this.ask(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = '${name}' AND state <> 'idle' AND pid <> pg_backend_pid()`,
      );
      return;
    }
    const sessions = await this.ask(
      `SELECT id FROM information_schema.processlist WHERE db = '${name}' AND id <> connection_id()`,
    );
    for (const [id] of sessions) await this.ask(`KILL ${id}`).catch(() => {});
  }

  /** As `nothingOpen`, where a transaction may be left that nobody can end: it expires. */
  async nothingOpenAfterExpiry(): Promise<void> {
    this.setClockAhead(181_000);
    await this.nothingOpen();
    this.setClockAhead(0);
  }

  /** Waits until no transaction is open, neither at the endpoint nor at the server. */
  async nothingOpen(): Promise<void> {
    await until(() => this.endpoint.openTransactions === 0);
    const { name } = this.database;
    const open =
      this.engine === 'postgres'
        ? `SELECT 1 FROM pg_stat_activity WHERE datname = '${name}' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`
        : `SELECT 1 FROM information_schema.innodb_trx JOIN information_schema.processlist p ON p.id = trx_mysql_thread_id
           WHERE p.db = '${name}' AND p.id <> connection_id()`;
    await until(async () => (await this.ask(open)).length === 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await (await this.#admin)?.end();
    await this.local.close();
  }
}

interface Admin {
  ask(text: string): Promise<readonly (readonly unknown[])[]>;
  end(): Promise<void>;
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
