import { until, VALUES } from '@sqlport/conformance/driver';
import type { Driver, DriverTransaction, ValueOptions } from '@sqlport/core/spi';
import type { SqlValue } from '@sqlport/dialect';
import { type Gateway, type Local, type LocalDatabase, type LocalOptions, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import mysql from 'mysql2/promise';
import { inject } from 'vitest';
import { type IamMysql2ServerConfig, iamMysql2 } from '../src/index.ts';

export { failure, pagesOf, run, until, VALUES, value } from '@sqlport/conformance/driver';

/** What the driver of iam-mysql2 has beyond what every driver must have. */
export type Opened = Driver & Required<Pick<Driver, 'begin' | 'stream'>>;

export type StreamingTransaction = DriverTransaction & Required<Pick<DriverTransaction, 'stream'>>;

/** URL of a superuser of the MySQL server that all test files share. */
export function serverUrl(): string {
  const { mysql } = inject('sqlportLocal');
  if (mysql === false) throw new Error('There is no MySQL; the warning of the set-up says why.');
  return mysql.url;
}

/** A gateway and a database of one test file's own, over the shared server. */
export class Fixture {
  readonly local: Local;
  readonly database: LocalDatabase;
  readonly #admin: mysql.Connection;
  readonly #drivers: Driver[] = [];

  private constructor(local: Local, database: LocalDatabase, admin: mysql.Connection) {
    this.local = local;
    this.database = database;
    this.#admin = admin;
  }

  /** `ownServer`: for tests that change the server's global settings, which others must not see. */
  static async start(options: LocalOptions = {}, { ownServer = false } = {}): Promise<Fixture> {
    const local = await startLocal({ ...options, postgres: false, mysql: ownServer || { url: serverUrl() } });
    return new Fixture(local, await local.createDatabase(), await mysql.createConnection(local.mysql!.url));
  }

  get gateway(): Gateway {
    return this.local.endpoints['iam-mysql2'];
  }

  get config(): IamMysql2ServerConfig {
    return this.database.configs['iam-mysql2'];
  }

  /** A driver with its own pool; closed with the fixture. */
  async open(overrides: Partial<IamMysql2ServerConfig> = {}, values: ValueOptions = VALUES): Promise<Opened> {
    const adapter = iamMysql2({ ...this.config, ...overrides });
    const driver = (await adapter.open({ signal: new AbortController().signal, values })) as Opened;
    this.#drivers.push(driver);
    return driver;
  }

  /** What it takes to log in to the server itself, without gateway and TLS, through a port of one's choice. */
  async plaintext(port: number): Promise<Partial<IamMysql2ServerConfig>> {
    await this.ask("CREATE USER IF NOT EXISTS plain@'%' IDENTIFIED BY 'a plain password'");
    await this.ask(`GRANT ALL ON ${this.database.name}.* TO plain@'%'`);
    return { host: '127.0.0.1', port, user: 'plain', auth: { password: 'a plain password' }, tls: 'insecure-disabled' };
  }

  /** Where the server itself listens. */
  get address(): { readonly host: string; readonly port: number } {
    const { hostname, port } = new URL(this.local.mysql!.url);
    return { host: hostname, port: Number(port) };
  }

  /** Asks the server past the gateway, as its superuser. */
  async ask(text: string, params: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const [rows] = await this.#admin.query(text, [...params]);
    return rows as Record<string, unknown>[];
  }

  /** Ids of the sessions on the database, the oldest first. */
  async sessions(): Promise<readonly number[]> {
    const rows = await this.ask('SELECT id AS id FROM information_schema.processlist WHERE db = ? ORDER BY id', [
      this.database.name,
    ]);
    return rows.map(({ id }) => Number(id));
  }

  /** Statements that run on the database at this moment. */
  async running(): Promise<readonly string[]> {
    const rows = await this.ask(
      `SELECT info AS info FROM information_schema.processlist WHERE db = ? AND command = 'Query' AND info IS NOT NULL`,
      [this.database.name],
    );
    return rows.map(({ info }) => String(info));
  }

  /** Ends every session on the database, as a server does that dies. */
  async killSessions(): Promise<void> {
    // Again and again: a KILL that comes while the server begins a statement may end the statement only.
    await until(async () => {
      const ids = await this.sessions();
      for (const id of ids) await this.ask('KILL ?', [id]).catch(() => {});
      return ids.length === 0;
    });
    await pastIdleProbe();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.close()));
    await this.#admin.end();
    await this.local.close();
  }
}

/** Long enough for a pool with `idleProbeMs: 1` to probe its idle connections. */
async function pastIdleProbe(): Promise<void> {
  const since = Date.now();
  await until(() => Date.now() > since + 2);
}

/** A table-less result of numbers from 1 to `count`; up to a million. */
export function numbers(count: number): { readonly text: string; readonly params: readonly SqlValue[] } {
  return {
    text: 'WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < ?) SELECT /*+ SET_VAR(cte_max_recursion_depth = 2000000) */ n FROM g',
    params: [count],
  };
}
