import { type Dialect, foldInsert, foldStatements, planOf, type Statement } from '@sqlport/dialect';
import { ConnectorError, revised } from './errors.ts';
import { checkOptionNames, type QueryOptions, type StreamOptions, type TransactionOptions } from './options.ts';
import type { Queryable } from './queryable.ts';
import type { QueryResult, Row } from './result.ts';
import { RowStream } from './row-stream.ts';
import { rowMaker, validated } from './rows.ts';
import type { Traits } from './spi/adapter.ts';
import type { RawPage, RawResult } from './spi/driver.ts';
import { fromSqlTextError } from './spi/sql-text-error.ts';
import { isSql, type Sql } from './sql/sql.ts';
import { type Params, type Place, prepare } from './statement.ts';
import type { Transaction } from './transaction.ts';

const DEFAULT_PAGE_SIZE = 1_000;
const LARGEST_PAGE_SIZE = 100_000;
const DEFAULT_LIMITS = { maxParameters: 30_000, maxStatementBytes: 1024 * 1024 };

/**
 * Everything of {@link Queryable} that is the same on a connection and in a transaction: it checks what the caller
 * passed and shapes what comes back. The three abstract methods do the work.
 */
export abstract class StatementRunner implements Queryable {
  protected abstract readonly traits: Traits;
  protected abstract readonly place: Place;
  protected abstract execute(statement: Statement, options: QueryOptions): Promise<RawResult>;
  /** `results`: whether anybody wants them; without them a driver may find a shorter way. */
  protected abstract executeAll(
    statements: readonly Statement[],
    options: QueryOptions,
    wanted: 'wanted' | 'unwanted',
  ): Promise<readonly RawResult[]>;
  protected abstract pages(
    statement: () => Statement,
    options: StreamOptions & { pageSize: number },
  ): AsyncIterator<RawPage>;
  /** Rejects what a method throws before it reaches {@link execute} in the shape of every other error. */
  protected abstract attributed(error: unknown): ConnectorError;
  abstract transaction<T>(body: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;

  get dialect(): Dialect {
    return this.traits.dialect;
  }

  async query<R = Row>(input: Sql<R> | string, second?: unknown, third?: QueryOptions): Promise<QueryResult<R>> {
    const [params, options] = isSql(input) ? [undefined, second as QueryOptions | undefined] : [second, third];
    this.#checkOptions(options);
    const result = await this.execute(this.#prepare(input, params), options ?? {});
    return this.#shaped(result, isSql(input) ? (input as Sql<R>) : undefined);
  }

  async values(statement: Sql<unknown>, options: QueryOptions = {}): Promise<QueryResult<readonly unknown[]>> {
    this.#checkOptions(options);
    return this.execute(this.#prepare(statement), options);
  }

  async first<R = Row>(statement: Sql<R>, options?: QueryOptions): Promise<R | undefined> {
    return (await this.query(statement, options)).rows[0];
  }

  async one<R = Row>(statement: Sql<R>, options?: QueryOptions): Promise<R> {
    const { rows } = await this.query(statement, options);
    if (rows.length === 1) return rows[0] as R;
    throw this.attributed(
      new ConnectorError('DATA', `Expected exactly one row, got ${rows.length}.`, { outcome: 'applied' }),
    );
  }

  stream<R = Row>(statement: Sql<R>, options: StreamOptions = {}): AsyncIterable<R> {
    const pageSize = options.pageSize ?? DEFAULT_PAGE_SIZE;
    const checked = () => {
      this.#checkOptions(options, 'stream');
      if (Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= LARGEST_PAGE_SIZE) return this.#prepare(statement);
      throw this.attributed(new ConnectorError('DATA', 'Option pageSize must be a whole number from 1 to 100,000.'));
    };
    const open = () => this.pages(checked, { ...options, pageSize });
    return {
      [Symbol.asyncIterator]: () => new RowStream<R>(open(), statement?.schema, (error) => this.attributed(error)),
    };
  }

  async batch(statements: readonly Sql<unknown>[], options: QueryOptions = {}): Promise<readonly QueryResult[]> {
    this.#checkOptions(options);
    this.#checkArray(statements, 'batch() takes an array of statements.');
    const prepared = statements.map((statement) => this.#prepare(statement, undefined, 'transaction'));
    const results = await this.#all(prepared, options, 'wanted');
    return Promise.all(results.map((result, index) => this.#shaped(result, statements[index] as Sql<Row>)));
  }

  async executeMany<P = unknown>(
    text: string,
    paramSets: readonly Params<P>[],
    options: QueryOptions = {},
  ): Promise<void> {
    this.#checkOptions(options);
    this.#checkArray(paramSets, 'executeMany() takes an array of parameter sets.');
    const prepared = paramSets.map((params) => this.#prepare(text, params, 'transaction'));
    await this.#all(this.#folded(prepared), options, 'unwanted');
  }

  async script(text: string, options: QueryOptions = {}): Promise<void> {
    this.#checkOptions(options);
    const statements = this.#split(text).map((statement) => this.#prepare(statement));
    for (const [index, statement] of statements.entries()) {
      await this.execute(statement, options).catch((error) => {
        throw index === 0 ? error : partOfScript(this.attributed(error), index, statements.length);
      });
    }
  }

  /** What `work` answers; what it throws in the shape of every other error. */
  protected attributing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.attributed(fromSqlTextError(error));
    }
  }

  #split(text: string): readonly string[] {
    return this.attributing(() => {
      if (typeof text !== 'string') throw new ConnectorError('DATA', 'script() takes a text.');
      return planOf(text, this.dialect).bounds.map(({ start, end }) => text.slice(start, end));
    });
  }

  #checkOptions(options: unknown, kind: 'call' | 'stream' = 'call'): void {
    this.attributing(() => checkOptionNames(options, kind));
  }

  #checkArray(value: unknown, message: string): void {
    if (!Array.isArray(value)) throw this.attributed(new ConnectorError('DATA', message));
  }

  #prepare(input: Sql<unknown> | string, params?: unknown, place = this.place): Statement {
    return this.attributing(() => prepare(input, params, this.dialect, place));
  }

  async #all(
    statements: readonly Statement[],
    options: QueryOptions,
    wanted: 'wanted' | 'unwanted',
  ): Promise<readonly RawResult[]> {
    if (statements.length === 0) return [];
    // A single statement is atomic by itself: no transaction is needed around it.
    if (statements.length === 1) return [await this.execute(statements[0] as Statement, options)];
    return this.executeAll(statements, options, wanted);
  }

  /** Multi-row INSERTs instead of one INSERT a row, where that means the same. */
  #folded(statements: readonly Statement[]): readonly Statement[] {
    const first = statements[0];
    if (first === undefined || statements.length === 1) return statements;
    const fold = foldInsert(first.text, this.dialect);
    if (fold === undefined) return statements;
    const { maxParameters, maxStatementBytes } = { ...DEFAULT_LIMITS, ...this.traits };
    const paramSets = statements.map(({ params }) => params);
    return foldStatements(fold, paramSets, this.dialect, { maxParameters, maxStatementBytes });
  }

  async #shaped<R>(result: RawResult, statement: Sql<R> | undefined): Promise<QueryResult<R>> {
    const toRow = rowMaker(result.columns);
    const schema = statement?.schema;
    const objects = result.rows.map(toRow);
    try {
      const rows =
        schema === undefined ? (objects as R[]) : await Promise.all(objects.map((row) => validated(row, schema)));
      return { ...result, rows };
    } catch (error) {
      throw this.attributed(error);
    }
  }
}

/** Statements before the failing one stay, so the script as a whole is neither applied nor not. */
function partOfScript(error: ConnectorError, index: number, count: number): ConnectorError {
  const message = `Statement ${index + 1} of ${count} of the script failed; the ${index} before it ran and stay. ${error.message}`;
  return revised(error, { message, outcome: 'unknown' });
}
