import type { Statement } from '@sqlport/dialect';
import { batchInTransaction, batchOf } from './batch.ts';
import { commitsByItself } from './commits-by-itself.ts';
import type { Connection, ConnectOptions } from './connection.ts';
import { attributed, ConnectorError, isConnectorError } from './errors.ts';
import { countAllRows, countRows, Observer, type QueryEvent } from './events.ts';
import { interruptionOf, pause, settleAtOnce, throwIfInterrupted } from './interruption.ts';
import { LazyDriver } from './lazy-driver.ts';
import { checkOptionNames, type QueryOptions, type StreamOptions, type TransactionOptions } from './options.ts';
import { countPage, PageReader, pagesOf } from './page-reader.ts';
import { NEVER, type RetryOptions, retrying } from './retry.ts';
import type { Adapter, Traits } from './spi/adapter.ts';
import type { Driver, ExecuteOptions, RawPage, RawResult } from './spi/driver.ts';
import { sql } from './sql/tag.ts';
import { StatementRunner } from './statement-runner.ts';
import type { Transaction } from './transaction.ts';
import { checkBody, TransactionScope } from './transaction-scope.ts';
import { TransactionSession } from './transaction-session.ts';

interface CallOptions extends QueryOptions {
  /** True for what must not be repeated, whatever its error says. */
  readonly once?: boolean;
}

const LONGEST_CONFLICT_DELAY_MS = 2_000;

/** See {@link Connection}; made by `connect`. */
export class DriverConnection extends StatementRunner implements Connection {
  protected override readonly place = 'connection';
  readonly #adapter: Adapter;
  readonly #driver: LazyDriver;
  readonly #retry: RetryOptions;
  readonly #observer: Observer;
  readonly #running = new Set<Promise<unknown>>();
  readonly #streams = new Set<PageReader>();
  readonly #sessions = new Set<TransactionSession>();
  /** Aborted by `close`. */
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(adapter: Adapter, options: ConnectOptions) {
    super();
    const { int64 = 'number', instants = 'date', json = 'parsed' } = options;
    this.#adapter = adapter;
    this.#driver = new LazyDriver(adapter, { int64, instants, json });
    this.#retry = options.retry === false ? NEVER : (options.retry ?? {});
    this.#observer = new Observer(adapter.name, adapter.traits.dialect, options.onQuery);
  }

  get adapter(): string {
    return this.#adapter.name;
  }

  get capabilities(): Traits {
    return this.#adapter.traits;
  }

  protected override get traits(): Traits {
    return this.#adapter.traits;
  }

  protected override attributed(error: unknown): ConnectorError {
    return attributed(error, this.#adapter.name, this.dialect);
  }

  async ping(options: QueryOptions = {}): Promise<void> {
    await this.query(sql`select 1`, { ...options, idempotent: true });
  }

  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    return this.#begin(options);
  }

  override async transaction<T>(body: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { retry = 0, signal } = options;
    this.attributing(() => checkBody(body));
    for (let again = 0; ; again++) {
      const scope = await this.#begin(options);
      try {
        return await scope.run(body);
      } catch (error) {
        if (again >= retry || !isConflict(error)) throw error;
        await pause(Math.random() * Math.min(LONGEST_CONFLICT_DELAY_MS, 50 * 2 ** again), [
          signal,
          this.#closing.signal,
        ]);
        this.attributing(() => throwIfInterrupted(signal));
      }
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override execute(statement: Statement, options: QueryOptions): Promise<RawResult> {
    return this.#call('query', statement.text, options, (driver, call) => driver.execute(statement, call), countRows);
  }

  protected override executeAll(
    statements: readonly Statement[],
    options: QueryOptions,
    wanted: 'wanted' | 'unwanted',
  ): Promise<readonly RawResult[]> {
    // Some wires run a batch as one where no transaction was begun; there a procedure could commit a part of it.
    const isWhole = !statements.some(({ text }) => commitsByItself(text, this.dialect));
    const run = (driver: Driver, call: ExecuteOptions) =>
      (isWhole ? batchOf(driver, wanted)?.(statements, call) : undefined) ??
      batchInTransaction(driver, this.dialect, statements, call, wanted);
    return this.#call('batch', statements[0]?.text ?? '', options, run, countAllRows);
  }

  protected override pages(
    statement: () => Statement,
    options: StreamOptions & { pageSize: number },
  ): AsyncIterator<RawPage> {
    let prepared: Statement;
    let driver: Driver;
    const { pageSize, route, idempotent } = options;
    const call = (signal: AbortSignal) => ({ signal, ...this.#routed(route) });
    const reader = new PageReader(
      {
        start: () => {
          this.#checkOpen();
          checkRoute(route);
          prepared = statement();
          this.#streams.add(reader);
        },
        open: (signal) =>
          driver.stream?.(prepared, { ...call(signal), pageSize }) ??
          pagesOf(driver.execute(prepared, call(signal)), pageSize),
        fetch: (work, first, signal) => {
          const limits = { signal, idempotent, once: !first };
          const run = (opened: Driver) => {
            driver = opened;
            return work();
          };
          return this.#call('stream', prepared.text, limits, run, countPage);
        },
        release: (work) => {
          this.#streams.delete(reader);
          return this.#tracked(work());
        },
      },
      options,
    );
    return reader;
  }

  /** Runs one call: open, limits, retry, events. `late` gets a result that nobody waits for any more. */
  async #call<T>(
    operation: QueryEvent['operation'],
    text: string,
    options: CallOptions,
    work: (driver: Driver, call: ExecuteOptions) => Promise<T>,
    describe?: (event: QueryEvent, result: T) => void,
    late?: (result: T) => void,
  ): Promise<T> {
    return this.#observer.observe(operation, text, false, async (event) => {
      let done: (() => void) | undefined;
      try {
        const interruption = interruptionOf(options);
        done = interruption.done;
        checkRoute(options.route);
        const { signal } = interruption;
        const attempt = async (number: number): Promise<T> => {
          if (event) event.attempts = number;
          throwIfInterrupted(signal);
          this.#checkOpen();
          const driver = await this.#opened(signal);
          const call = { signal, ...this.#routed(options.route) };
          const result = await settleAtOnce(work(driver, call), signal, { outcome: 'unknown', ...(late && { late }) });
          if (event) describe?.(event, result);
          return result;
        };
        const limits = {
          ...(options.once ? NEVER : this.#retry),
          idempotent: options.idempotent,
          needsWriter: this.#routed(options.route).route !== 'reader',
          signal,
          closing: this.#closing.signal,
        };
        return await this.#tracked(retrying(attempt, limits));
      } catch (error) {
        throw this.attributed(error);
      } finally {
        done?.();
      }
    });
  }

  async #opened(signal: AbortSignal | undefined): Promise<Driver> {
    const driver = this.#driver.get();
    // Others may wait for the same opening, so a signal ends the waiting and not the opening.
    if (!(driver instanceof Promise)) return driver;
    const notApplied = { outcome: 'not-applied' } as const;
    return settleAtOnce(settleAtOnce(driver, this.#closing.signal, notApplied), signal, notApplied);
  }

  async #begin(options: TransactionOptions): Promise<TransactionScope> {
    this.attributing(() => {
      this.#checkOpen();
      checkOptionNames(options, 'transaction');
      checkTransactionOptions(options, this.traits);
    });
    return this.#tracked(this.#beginScope(options));
  }

  async #beginScope(options: TransactionOptions): Promise<TransactionScope> {
    const { isolation, readOnly, signal, timeoutMs, route } = options;
    const begun = await this.#call(
      'begin',
      '',
      { signal, timeoutMs, route },
      (driver, call) => (driver.begin as NonNullable<Driver['begin']>)({ isolation, readOnly, route }, call),
      undefined,
      (late) => void late.rollback().catch(() => {}),
    );
    const session: TransactionSession = new TransactionSession(begun, {
      adapter: this.#adapter.name,
      traits: this.traits,
      retry: this.#retry,
      observer: this.#observer,
      closing: this.#closing.signal,
      ended: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    if (this.#closing.signal.aborted) {
      // Closed while BEGIN was on its way.
      await session.abandon(closedError());
      throw this.attributed(closedError());
    }
    return new TransactionScope(session, { signal, timeoutMs });
  }

  #routed(route: QueryOptions['route']): ExecuteOptions {
    return route !== undefined && this.traits.readers ? { route } : {};
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw this.attributed(closedError());
  }

  async #close(): Promise<void> {
    this.#closing.abort(closedError());
    this.#driver.abortOpening();
    await Promise.all([...this.#streams].map((stream) => stream.abort(closedError())));
    await Promise.all([...this.#sessions].map((session) => session.abandon(closedError())));
    // What ends may start something that frees.
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    await this.#driver.close().catch((error) => Promise.reject(this.attributed(error)));
  }

  /** `close` waits for what is tracked. */
  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }
}

function closedError(): ConnectorError {
  return new ConnectorError('CLOSED', 'The connection is closed.');
}

function checkRoute(route: unknown): void {
  if (route === undefined || route === 'writer' || route === 'reader') return;
  throw new ConnectorError('DATA', "Option route must be 'writer' or 'reader'.");
}

function isConflict(error: unknown): boolean {
  return isConnectorError(error) && error.code === 'CONFLICT' && error.outcome === 'not-applied';
}

function checkTransactionOptions({ isolation, readOnly, route, retry }: TransactionOptions, traits: Traits): void {
  if (!traits.transactions) throw new ConnectorError('UNSUPPORTED', 'This strategy has no transactions.');
  if (isolation !== undefined && !traits.isolationLevels.includes(isolation)) {
    const known = traits.isolationLevels.join(', ');
    throw new ConnectorError(
      'UNSUPPORTED',
      `Isolation level ${String(isolation)} is not supported here. Supported: ${known}.`,
    );
  }
  checkRoute(route);
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    throw new ConnectorError('DATA', 'Option readOnly must be true or false.');
  }
  if (route === 'reader' && readOnly !== true) {
    throw new ConnectorError('DATA', "A transaction with route: 'reader' needs readOnly: true.");
  }
  if (retry !== undefined && !(Number.isInteger(retry) && retry >= 0)) {
    throw new ConnectorError('DATA', 'Option retry must be a whole number of repetitions, 0 or more.');
  }
}
