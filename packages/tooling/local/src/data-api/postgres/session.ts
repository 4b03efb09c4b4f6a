import { connect } from 'node:net';
import pg from 'pg';
import { type EngineVersion, ServiceError } from '../errors.ts';
import type { EngineSession, SessionTarget, Statement, StatementResult } from '../session.ts';
import type { Value } from '../value.ts';
import { describeColumns, type TypeCatalogue } from './columns.ts';
import { postgresError } from './error.ts';
import { bindForPostgres } from './parameters.ts';
import { runPostgresQuery } from './query.ts';
import { readPostgresValue } from './value.ts';

/** Logs in to PostgreSQL. Rejects with a ServiceError. */
export async function openPostgresSession(
  target: SessionTarget,
  types: TypeCatalogue,
  version: () => EngineVersion,
): Promise<EngineSession> {
  const { settings, ...login } = target;
  const client = new pg.Client({
    ...login,
    // Without a name, libpq's rule (the user's own) would apply; a cluster has this one from the start.
    database: target.database ?? 'postgres',
    connectionTimeoutMillis: 10_000,
    application_name: 'RDS Data API',
    options: settings.map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`).join(' '),
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw postgresError(error as Error, version());
  }
  return new PostgresSession(client, target, types, version);
}

class PostgresSession implements EngineSession {
  readonly id: number;
  usable = true;
  readonly #client: pg.Client;
  readonly #target: SessionTarget;
  readonly #types: TypeCatalogue;
  readonly #version: () => EngineVersion;
  readonly #ended: Promise<void>;

  constructor(client: pg.Client, target: SessionTarget, types: TypeCatalogue, version: () => EngineVersion) {
    this.#client = client;
    this.#target = target;
    this.#types = types;
    this.#version = version;
    this.id = this.#key.processID;
    this.#ended = new Promise((resolve) => client.once('end', resolve));
    client.once('end', () => {
      this.usable = false;
    });
    client.once('error', () => {
      this.usable = false;
    });
  }

  begin = (): Promise<void> => this.#command('begin');
  commit = (): Promise<void> => this.#command('commit');
  rollback = (): Promise<void> => this.#command('rollback');

  async execute({ sql, parameters, maxBytes }: Statement): Promise<StatementResult> {
    const { text, values } = bindForPostgres(sql, parameters);
    if (text.includes('\0')) {
      // It would end the text in the message to the server.
      const refusal = 'ERROR: invalid byte sequence for encoding "UTF8": 0x00; SQLState: 22021';
      throw new ServiceError('DatabaseErrorException', refusal);
    }
    const result = await this.#asService(() => runPostgresQuery(this.#client, text, values, maxBytes));
    const { fields, longestRow, tooLarge, updated } = result;
    if (!fields) {
      const nothing = { labels: undefined, rows: [], unsupported: undefined, generatedIds: [] };
      return { ...nothing, longestRow, tooLarge, updated, describe: async () => [] };
    }
    const columns = await this.#asService(() => this.#types.columns(this.#client, fields));
    const refused = result.rows.length ? columns.find(({ known }) => known.read === 'unsupported') : undefined;
    const read = (row: readonly (string | null)[]): Value[] =>
      row.map((value, i) => {
        const { known, type } = columns[i]!;
        return value === null ? null : readPostgresValue(value, known.read, type.element !== undefined);
      });
    return {
      labels: fields.map(({ name }) => name),
      rows: refused || tooLarge ? [] : result.rows.map(read),
      unsupported: refused && (refused.type.element ?? refused.type.name).toUpperCase(),
      longestRow,
      tooLarge,
      updated,
      generatedIds: [],
      describe: () => this.#asService(() => describeColumns(this.#client, columns)),
    };
  }

  /** By a CancelRequest, as every client of PostgreSQL does it. */
  async cancel(): Promise<void> {
    const request = Buffer.alloc(16);
    request.writeInt32BE(16, 0);
    request.writeInt32BE(80877102, 4);
    request.writeInt32BE(this.#key.processID, 8);
    request.writeInt32BE(this.#key.secretKey, 12);
    const { host, port } = this.#target;
    const socket = connect(port, host, () => socket.end(request));
    socket.resume();
    await new Promise<void>((resolve) => socket.on('error', () => resolve()).on('close', () => resolve()));
  }

  async reset(): Promise<void> {
    // Whether a transaction is left open is not known for sure after an error, and this does no harm without one.
    await this.#command('rollback');
    await this.#command('discard all');
  }

  async close(): Promise<void> {
    this.usable = false;
    void this.#client.end().catch(() => {});
    await this.#ended;
  }

  async #command(text: string): Promise<void> {
    await this.#asService(() => this.#client.query(text));
  }

  /** pg knows these and its types do not. */
  get #key(): { readonly processID: number; readonly secretKey: number } {
    return this.#client as unknown as { processID: number; secretKey: number };
  }

  async #asService<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // A FATAL error is the server's last word, and one without severity none of the server's.
      const { severity } = error as { severity?: string };
      if (!(error instanceof ServiceError) && severity !== 'ERROR') this.usable = false;
      throw postgresError(error as Error, this.#version());
    }
  }
}
