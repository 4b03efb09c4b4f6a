import { type Connection, type ConnectOptions, connect } from '@sqlport/core';
import {
  type Local,
  type TidbServerlessConfig as LocalConfig,
  type LocalDatabase,
  startLocal,
  type TidbCall,
  type TidbEndpoint,
} from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { inject } from 'vitest';
import { type TidbServerlessServerConfig, tidbServerless } from '../src/index.ts';

/** URL of a superuser of the MySQL server that all test files share. */
export function serverUrl(): string {
  const { mysql } = inject('sqlportLocal');
  if (mysql === false) throw new Error('There is no MySQL; the warning of the set-up says why.');
  return mysql.url;
}

/** An endpoint and a database of one test file's own, over the shared server. */
export class Fixture {
  readonly local: Local;
  readonly database: LocalDatabase;
  readonly #connections: Connection[] = [];
  readonly #sessionVariables: Readonly<Record<string, string | number>>;

  private constructor(local: Local, database: LocalDatabase) {
    this.local = local;
    this.database = database;
    this.#sessionVariables = { ...this.endpoint.sessionVariables };
  }

  static async start(): Promise<Fixture> {
    const local = await startLocal({ postgres: false, mysql: { url: serverUrl() } });
    return new Fixture(local, await local.createDatabase());
  }

  get endpoint(): TidbEndpoint {
    return this.local.endpoints['tidb-serverless'];
  }

  get config(): LocalConfig {
    return this.database.configs['tidb-serverless'];
  }

  /** A connection; closed with the fixture. Nothing is repeated by itself. */
  connect(change: Partial<TidbServerlessServerConfig> = {}, options: ConnectOptions = {}): Connection {
    const connection = connect(tidbServerless({ ...this.config, ...change }), { retry: false, ...options });
    this.#connections.push(connection);
    return connection;
  }

  /** The requests that some work needs. */
  async callsOf(work: () => Promise<unknown>): Promise<readonly TidbCall[]> {
    const before = this.endpoint.calls.length;
    await work();
    return this.endpoint.calls.slice(before);
  }

  /** The texts that some work sends. */
  async sentBy(work: () => Promise<unknown>): Promise<readonly string[]> {
    return (await this.callsOf(work)).map(({ sql }) => sql);
  }

  /** Changes what sessions start with; without an argument it is as it was. */
  setSession(variables: Readonly<Record<string, string | number>> = {}): void {
    const { sessionVariables } = this.endpoint;
    for (const name of Object.keys(sessionVariables)) delete sessionVariables[name];
    Object.assign(sessionVariables, this.#sessionVariables, variables);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.local.close();
  }
}
