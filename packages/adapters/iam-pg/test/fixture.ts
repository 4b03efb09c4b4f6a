import type { ConnectorError, Driver, RawPage, RawResult, ValueOptions } from '@sqlport/core/spi';
import type { SqlValue } from '@sqlport/dialect';
import { type Gateway, type Local, type LocalDatabase, type LocalOptions, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import pg from 'pg';
import { inject } from 'vitest';
import { type IamPgServerConfig, iamPg } from '../src/index.ts';

export const VALUES: ValueOptions = { int64: 'number', instants: 'date', json: 'parsed' };

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

interface Executor {
  execute(statement: { text: string; params: readonly SqlValue[] }, options: object): Promise<RawResult>;
}

/** Runs a statement. */
export function run(on: Executor, text: string, params: readonly SqlValue[] = [], signal?: AbortSignal) {
  return on.execute({ text, params }, signal === undefined ? {} : { signal });
}

/** The first value of the first row. */
export async function value(on: Executor, text: string, params: readonly SqlValue[] = []): Promise<unknown> {
  return (await run(on, text, params)).rows[0]?.[0];
}

/** What a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<ConnectorError> {
  try {
    await work;
  } catch (error) {
    return error as ConnectorError;
  }
  throw new Error('It did not fail.');
}

/** Long enough for a pool with `idleProbeMs: 1` to probe its idle connections. */
async function pastIdleProbe(): Promise<void> {
  const since = Date.now();
  await until(() => Date.now() > since + 2);
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** All pages of a stream. */
export async function pagesOf(stream: AsyncIterable<RawPage>): Promise<RawPage[]> {
  const pages: RawPage[] = [];
  for await (const page of stream) pages.push(page);
  return pages;
}
