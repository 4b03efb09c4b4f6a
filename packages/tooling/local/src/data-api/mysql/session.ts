import type { Socket } from 'node:net';
import mysql from 'mysql2';
import type { EngineVersion } from '../errors.ts';
import type { EngineSession, SessionTarget, Statement, StatementResult } from '../session.ts';
import { classify, describeMysqlColumn } from './columns.ts';
import { mysqlError } from './error.ts';
import { renderForMysql } from './parameters.ts';
import { runMysqlQuery } from './query.ts';
import { readMysqlValue } from './value.ts';

/** Logs in to MySQL. Rejects with a ServiceError. */
export async function openMysqlSession(target: SessionTarget, version: () => EngineVersion): Promise<EngineSession> {
  let connection: mysql.Connection;
  try {
    connection = await connect(target);
  } catch (error) {
    throw mysqlError(error as Error, version());
  }
  const session = new MysqlSession(connection, target, version);
  await session.applySettings();
  return session;
}

function connect({ settings: _, database = '', ...login }: SessionTarget): Promise<mysql.Connection> {
  const connection = mysql.createConnection({
    ...login,
    database,
    connectTimeout: 10_000,
    charset: 'utf8mb4',
    // A name of a column that is also one of JavaScript's own breaks the compiled parser.
    disableEval: true,
    supportBigNumbers: true,
  });
  connection.on('error', () => {});
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

class MysqlSession implements EngineSession {
  readonly id: number;
  usable = true;
  readonly #connection: mysql.Connection;
  readonly #target: SessionTarget;
  readonly #version: () => EngineVersion;
  readonly #ended: Promise<void>;

  constructor(connection: mysql.Connection, target: SessionTarget, version: () => EngineVersion) {
    this.#connection = connection;
    this.#target = target;
    this.#version = version;
    this.id = connection.threadId;
    const socket = (connection as unknown as { stream: Socket }).stream;
    this.#ended = new Promise((resolve) => socket.once('close', () => resolve()));
    for (const event of ['end', 'close', 'error']) {
      socket.once(event, () => {
        this.usable = false;
      });
    }
  }

  begin = (): Promise<void> => this.#command('start transaction');
  commit = (): Promise<void> => this.#command('commit');
  rollback = (): Promise<void> => this.#command('rollback');

  async execute({ sql, parameters, maxBytes }: Statement): Promise<StatementResult> {
    const text = renderForMysql(sql, parameters);
    const result = await this.#asService(() => runMysqlQuery(this.#connection, text, maxBytes));
    const { fields, longestRow, tooLarge, updated, generatedIds } = result;
    const columns = (fields ?? []).map(classify);
    const refused = result.rows.length ? columns.find(({ read }) => read === 'unsupported') : undefined;
    const rows = result.rows.map((row) => row.map((value, i) => value && readMysqlValue(value, columns[i]!)));
    return {
      labels: fields?.map(({ name }) => name),
      rows: refused || tooLarge ? [] : rows,
      unsupported: refused?.typeName,
      longestRow,
      tooLarge,
      updated,
      generatedIds,
      describe: async () => (fields ?? []).map(describeMysqlColumn),
    };
  }

  /** By KILL QUERY on a connection of its own, as every client of MySQL does it. */
  async cancel(): Promise<void> {
    const connection = await connect(this.#target).catch(() => undefined);
    if (!connection) return;
    await new Promise<void>((resolve) => connection.query(`kill query ${this.id}`, () => resolve()));
    await new Promise<void>((resolve) => connection.end(() => resolve()));
  }

  async reset(): Promise<void> {
    await this.#asService(() => {
      // Its types do not have the call, and the promise-based class does.
      const { reset } = this.#connection as unknown as { reset(done: (error: Error | null) => void): void };
      return new Promise<void>((resolve, reject) =>
        reset.call(this.#connection, (error) => (error ? reject(error) : resolve())),
      );
    });
    await this.applySettings();
  }

  /** The session's settings; the server forgets them at a reset, even the character set of the login. */
  async applySettings(): Promise<void> {
    await this.#command('set names utf8mb4');
    for (const [name, value] of this.#target.settings) {
      await this.#command(`set session ${mysql.escapeId(name)} = ${mysql.escape(value)}`);
    }
  }

  async close(): Promise<void> {
    if (this.usable) this.#connection.end(() => {});
    else this.#connection.destroy();
    this.usable = false;
    await this.#ended;
  }

  async #command(text: string): Promise<void> {
    await this.#asService(() => runMysqlQuery(this.#connection, text, 0));
  }

  async #asService<T>(work: () => Promise<T>): Promise<T> {
    try {
      // What is sent on a lost connection is never answered.
      if (!this.usable) throw new Error('the connection is lost');
      return await work();
    } catch (error) {
      if ((error as { fatal?: boolean }).fatal) this.usable = false;
      throw mysqlError(error as Error, this.#version());
    }
  }
}
