import {
  type ConnectorError,
  commitsByItself,
  type Driver,
  type DriverTransaction,
  type ExecuteOptions,
  interrupted,
  isConnectorError,
  type RawPage,
  type RawResult,
  type Statement,
  type StreamPageOptions,
  type TransactionOptions,
  untilAborted,
  within,
} from '@sqlport/core/spi';
import type { ApiClient } from './api-client.ts';
import { type CursorOptions, cursorPages, hasPages } from './cursor.ts';
import type { EncodedStatement } from './encode.ts';
import { apiError } from './error.ts';
import type { StatementRunner } from './statement-runner.ts';
import { DataApiTransaction, type TransactionOwner } from './transaction.ts';
import { namingColumns } from './unsupported-column.ts';

/** What a driver and its transactions share. */
export interface DriverContext {
  readonly api: ApiClient;
  readonly engine: 'mysql' | 'postgres';
  readonly runner: StatementRunner;
  /** See `DataApiConfig.continueAfterTimeout`. */
  readonly continueDdl: boolean;
  /** Frees what was opened for this driver. */
  readonly end: () => void;
}

/** How long `close` waits for transactions that are being given up. The API ends what it is not told of by itself. */
const CLOSE_WAIT_MS = 5_000;

const DDL = /^(?:create|alter|drop|truncate|rename|analyze|optimize|vacuum|reindex|cluster|refresh|comment)$/;

/** Runs statements by the Data API, each in a request of its own. */
export class DataApiDriver implements Driver {
  /** PostgreSQL only: MySQL has no cursors that outlive a request. */
  readonly stream?: NonNullable<Driver['stream']>;
  readonly #context: DriverContext;
  readonly #open = new Set<DataApiTransaction>();
  readonly #owner: TransactionOwner = {
    ended: (transaction) => this.#open.delete(transaction),
    follow: (work) => this.#follow(work),
  };
  /** Transactions that are being rolled back behind their callers' backs. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(context: DriverContext) {
    this.#context = context;
    if (context.engine === 'postgres') this.stream = (statement, options) => this.#stream(statement, options);
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const encoded = await this.#context.runner.prepared(statement, signal);
    return this.#run(encoded, signal).catch((error) => namingColumns(error, encoded, this.#context));
  }

  async begin(options: TransactionOptions, { signal }: ExecuteOptions): Promise<DriverTransaction> {
    const transaction = await this.#begun('transaction', signal);
    try {
      await transaction.characterise(options, signal);
      return transaction;
    } catch (error) {
      void transaction.rollback();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { api, end } = this.#context;
    // Core has ended its own; a stream that nobody ended has one more.
    for (const transaction of this.#open) void transaction.rollback();
    await within(CLOSE_WAIT_MS, Promise.all(this.#leaving));
    api.end();
    end();
  }

  /** Where the first rows are too large to be asked for at once, the stream begins again: nobody has seen it yet. */
  async *#stream(statement: Statement, options: StreamPageOptions): AsyncGenerator<RawPage, undefined> {
    let isNew = true;
    try {
      for await (const page of this.#pages(statement, { ...options, firstPage: 'at once', closes: false })) {
        isNew = false;
        yield page;
      }
    } catch (error) {
      const isTooLarge = isConnectorError(error) && error.code === 'RESULT_TOO_LARGE';
      if (!isTooLarge || !isNew || !hasPages(statement.text)) throw error;
      yield* this.#pages(statement, { ...options, firstPage: 'planned', closes: false });
    }
    return undefined;
  }

  /**
   * Pages are read in a transaction of their own. Leaving them early commits, and so does a value that cannot be
   * delivered: the statement has run, as it would have outside of a stream.
   */
  async *#pages(statement: Statement, options: CursorOptions): AsyncGenerator<RawPage, undefined> {
    const transaction = await this.#begun('stream', options.signal);
    let isKept = true;
    try {
      yield* cursorPages(transaction, statement, options);
    } catch (error) {
      isKept = isConnectorError(error) && error.outcome === 'applied';
      throw error;
    } finally {
      if (!isKept || options.signal?.aborted) void transaction.rollback();
      else await transaction.commit(options);
    }
    return undefined;
  }

  /** A transaction on the server. One whose beginning nobody waits for any more is rolled back when it has begun. */
  async #begun(place: 'transaction' | 'stream', signal: AbortSignal | undefined): Promise<DataApiTransaction> {
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    const { api, engine } = this.#context;
    const beginning = api.begin().then(
      (id) => {
        const transaction = new DataApiTransaction(id, this.#context, place, this.#owner);
        this.#open.add(transaction);
        return transaction;
      },
      (error) => Promise.reject(apiError(error, 'begin', engine)),
    );
    return untilAborted(beginning, signal, 'not-applied', () =>
      this.#follow(beginning.then((transaction) => transaction.rollback())),
    );
  }

  async #run(statement: EncodedStatement, signal: AbortSignal | undefined): Promise<RawResult> {
    const { runner, engine, continueDdl } = this.#context;
    const { verb } = statement;
    try {
      return await runner.run(statement, { signal, continueAfterTimeout: continueDdl && DDL.test(verb) });
    } catch (error) {
      const place = commitsByItself(statement.text, engine) ? 'procedure' : 'statement';
      throw apiError(error, place, engine) as ConnectorError;
    }
  }

  /** `close` waits for it, for a while. */
  #follow(work: Promise<unknown>): void {
    const followed: Promise<void> = work.then(
      () => void this.#leaving.delete(followed),
      () => void this.#leaving.delete(followed),
    );
    this.#leaving.add(followed);
  }
}
