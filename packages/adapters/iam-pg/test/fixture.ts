import { until, VALUES } from '@sqlport/conformance/driver';
import type { Driver, ValueOptions } from '@sqlport/core/spi';
import { type Gateway, type Local, type LocalDatabase, type LocalOptions, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import pg from 'pg';
import { inject } from 'vitest';
import { type IamPgServerConfig, iamPg } from '../src/index.ts';

export { failure, pagesOf, run, until, VALUES, value } from '@sqlport/conformance/driver';

/** URL of a superuser of the PostgreSQL server that all test files share. */
export function serverUrl(): string {
  const { postgres } = inject('sqlportLocal');
  if (postgres === false) throw new Error('There is no PostgreSQL to test on.');
  return postgres.url;
}

/** A gateway and a database of one test file's own, over the shared server. */
export class Fixture {
  readonly local: Local;
  readonly database: LocalDatabase;
  readonly #admin: pg.Client;
  readonly #drivers: Driver[] = [];

  private constructor(local: Local, database: LocalDatabase, admin: pg.Client) {
    this.local = local;
    this.database = database;
    this.#admin = admin;
  }

  static async start(options: LocalOptions = {}): Promise<Fixture> {
    const local = await startLocal({ ...options, mysql: false, postgres: { url: serverUrl() } });
    const admin = new pg.Client(serverUrl());
    await admin.connect();
    return new Fixture(local, await local.createDatabase(), admin);
  }

  get gateway(): Gateway {
    return this.local.endpoints['iam-pg'];
  }

  get config(): IamPgServerConfig {
    return this.database.configs['iam-pg'];
  }

  /** A driver with its own pool; closed with the fixture. */
  async open(overrides: Partial<IamPgServerConfig> = {}, values: ValueOptions = VALUES): Promise<Driver & Opened> {
    const adapter = iamPg({ ...this.config, ...overrides });
    const driver = (await adapter.open({ signal: new AbortController().signal, values })) as Driver & Opened;
    this.#drivers.push(driver);
    return driver;
  }

  /** Asks the server past the gateway, as its superuser. */
  async ask(text: string, params: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return (await this.#admin.query(text, [...params])).rows;
  }

  /** Ends every session on the database, as a server does that dies. */
  async terminate(): Promise<void> {
    await this.ask('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [this.database.name]);
    await pastIdleProbe();
  }

  /** Queries that run on the database at this moment. */
  async running(): Promise<readonly string[]> {
    const rows = await this.ask(`SELECT query FROM pg_stat_activity WHERE datname = $1 AND state = 'active'`, [
      this.database.name,
    ]);
    return rows.map(({ query }) => String(query));
  }

  /** Sessions on the database. */
  async sessions(): Promise<number> {
    const [row] = await this.ask('SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1', [
      this.database.name,
    ]);
    return row!['n'] as number;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.close()));
    await this.#admin.end();
    await this.local.close();
  }
}

/** What the driver of iam-pg has beyond what every driver must have. */
type Opened = Required<Pick<Driver, 'begin' | 'batch' | 'stream'>>;

/** Long enough for a pool with `idleProbeMs: 1` to probe its idle connections. */
async function pastIdleProbe(): Promise<void> {
  const since = Date.now();
  await until(() => Date.now() > since + 2);
}
