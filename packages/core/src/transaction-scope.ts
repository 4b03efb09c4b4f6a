import type { Statement } from '@sqlport/dialect';
import { batchInSavepoint } from './batch.ts';
import { attributed, ConnectorError } from './errors.ts';
import { countAllRows, countRows } from './events.ts';
import type { CallLimits } from './interruption.ts';
import { checkOptionNames, type QueryOptions, type StreamOptions, type TransactionOptions } from './options.ts';
import { countPage, PageReader, pagesOf } from './page-reader.ts';
import type { RawPage, RawResult } from './spi/driver.ts';
import { StatementRunner } from './statement-runner.ts';
import type { Transaction } from './transaction.ts';
import type { TransactionSession } from './transaction-session.ts';

/** What a nested level is on the server. */
interface Savepoint {
  readonly name: string;
  /** Of the level around: it ends the rollback to the savepoint, too. The nested level's own is about its work alone. */
  readonly outerSignal: AbortSignal | undefined;
}

/** One level of a transaction: the whole of it, or a savepoint in it. */
export class TransactionScope extends StatementRunner implements Transaction {
  protected override readonly place = 'transaction';
  readonly #session: TransactionSession;
  /** The caller's signal for everything on this level. */
  readonly #signal: AbortSignal | undefined;
  /** The caller's limit for each statement of core's own: what begins and ends the level. */
  readonly #timeoutMs: number | undefined;
  /** Undefined for the outermost level. */
  readonly #savepoint: Savepoint | undefined;
  readonly #streams = new Set<PageReader>();
  #state: 'open' | 'ending' | 'ended' = 'open';
  #nested = false;

  constructor(session: TransactionSession, { signal, timeoutMs }: TransactionOptions, savepoint?: Savepoint) {
    super();
    this.#session = session;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#savepoint = savepoint;
  }

  protected override get traits() {
    return this.#session.context.traits;
  }

  protected override attributed(error: unknown): ConnectorError {
    return attributed(error, this.#session.context.adapter, this.dialect);
  }

  async commit(): Promise<void> {
    await this.#leave();
    const limits = { signal: this.#signal, timeoutMs: this.#timeoutMs };
    if (this.#savepoint === undefined) await this.#session.commit(limits);
    else await this.#command(`release savepoint ${this.#savepoint.name}`, limits);
    this.#state = 'ended';
  }

  async rollback(): Promise<void> {
    await this.#leave();
    if (this.#savepoint === undefined) await this.#session.rollback();
    else await this.#rollbackToSavepoint(this.#savepoint);
    this.#state = 'ended';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'ended') await this.#abandon();
  }

  /** Runs `body` on this level; commits when it resolves, unless it has ended the level itself, else rolls back. */
  async run<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await body(this);
      if (this.#state === 'open') await this.commit();
      return result;
    } catch (error) {
      // The body's own error is what the caller must see, whatever comes of the rollback.
      await this.#abandon();
      throw error;
    }
  }

  override async transaction<T>(body: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    this.#check();
    this.attributing(() => {
      checkOptionNames(options, 'transaction');
      checkNested(body, options);
    });
    return this.#nest(options, (scope) => scope.run(body));
  }

  protected override async execute(statement: Statement, options: QueryOptions): Promise<RawResult> {
    this.#check();
    const limits = this.#limits(options);
    return this.#session.run(
      'query',
      statement.text,
      limits,
      (driver, call) => {
        this.#session.watch([statement]);
        return driver.execute(statement, call);
      },
      countRows,
    );
  }

  /** One turn of the queue, in a savepoint: what fails half-way must not leave the first half behind. */
  protected override async executeAll(
    statements: readonly Statement[],
    options: QueryOptions,
    wanted: 'wanted' | 'unwanted',
  ): Promise<readonly RawResult[]> {
    this.#check();
    const savepoint = this.#session.nextSavepoint();
    const limits = { ...this.#limits(options), once: true };
    return this.#session.run(
      'batch',
      statements[0]?.text ?? '',
      limits,
      (driver, call) => {
        this.#session.watch(statements);
        return batchInSavepoint(driver, savepoint, statements, call, wanted, (work) =>
          this.#session.repeated(work, call.signal),
        );
      },
      countAllRows,
    );
  }

  /** Opens a savepoint and gives the level that it is to `work`, which ends it. */
  async #nest<T>(options: TransactionOptions, work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    // From here on this level refuses calls: set before anything is awaited, so that a sibling cannot slip in.
    this.#nested = true;
    try {
      const name = this.#session.nextSavepoint();
      const { signal, timeoutMs = this.#timeoutMs } = options;
      await this.#command(`savepoint ${name}`, this.#limits({ signal, timeoutMs }));
      const savepoint = { name, outerSignal: this.#signal };
      const limits = { signal: anyOf(signal, this.#signal), timeoutMs };
      return await work(new TransactionScope(this.#session, limits, savepoint));
    } finally {
      this.#nested = false;
    }
  }

  /** The limits of a call together with those of its level. */
  #limits({ signal, timeoutMs }: CallLimits): CallLimits {
    return { signal, outerSignal: this.#signal, timeoutMs };
  }

  protected override pages(
    statement: () => Statement,
    options: StreamOptions & { pageSize: number },
  ): AsyncIterator<RawPage> {
    let prepared: Statement;
    const { signal, timeoutMs, pageSize } = options;
    const reader = new PageReader(
      {
        start: () => {
          this.#check();
          prepared = statement();
          this.#streams.add(reader);
          this.#session.streams += 1;
        },
        open: (ending) => this.#openStream(prepared, pageSize, ending),
        fetch: (work, first, ending) => {
          const limits = { signal: ending, once: !first };
          return this.#session.run('stream', prepared.text, limits, work, countPage);
        },
        release: (work) => {
          this.#streams.delete(reader);
          this.#session.streams -= 1;
          return this.#session.cleanUp(work);
        },
      },
      this.#limits({ signal, timeoutMs }),
    );
    return reader;
  }

  #openStream(statement: Statement, pageSize: number, signal: AbortSignal): AsyncIterable<RawPage> {
    const { driver } = this.#session;
    this.#session.watch([statement]);
    return driver.stream?.(statement, { signal, pageSize }) ?? pagesOf(driver.execute(statement, { signal }), pageSize);
  }

  /** Throws `TRANSACTION` where this level cannot run anything now. Queueing instead would wait for ever. */
  #check(): void {
    this.#session.check();
    this.#checkState();
    if (this.#session.streams > 0 && !this.traits.interleavedStreams) {
      throw this.#refusal('A stream is open on this transaction, and this strategy runs nothing beside it.');
    }
  }

  #checkState(): void {
    if (this.#state !== 'open') throw this.#refusal('The transaction has ended.');
    if (this.#nested) {
      throw this.#refusal('A nested transaction is open: use the tx that its body was given, or wait for it.');
    }
  }

  #refusal(message: string): ConnectorError {
    return this.attributed(new ConnectorError('TRANSACTION', message));
  }

  /** Ends the level for further calls. A nested level must have ended; open streams are ended with an error. */
  async #leave(): Promise<void> {
    this.#checkState();
    this.#state = 'ending';
    await this.#endStreams();
  }

  async #endStreams(): Promise<void> {
    if (this.#streams.size === 0) return;
    const message = 'The transaction has ended, and with it this stream.';
    const reason = new ConnectorError('TRANSACTION', message, { outcome: 'unknown' });
    await Promise.all([...this.#streams].map((stream) => stream.end(reason)));
  }

  /** Rolls back without throwing: what cannot be rolled back to its savepoint is given up as a whole. */
  async #abandon(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    await this.#endStreams();
    const reason = new ConnectorError('TRANSACTION', 'The transaction was rolled back.');
    if (this.#savepoint === undefined) return this.#session.abandon(reason);
    await this.#rollbackToSavepoint(this.#savepoint).catch(() => this.#session.abandon(reason));
  }

  async #rollbackToSavepoint({ name, outerSignal }: Savepoint): Promise<void> {
    const limits = { signal: outerSignal, timeoutMs: this.#timeoutMs };
    await this.#command(`rollback to savepoint ${name}`, limits);
    await this.#command(`release savepoint ${name}`, limits);
  }

  /** Runs a statement of core's own, which the checks of this level do not concern. */
  async #command(text: string, limits: CallLimits): Promise<void> {
    const options = { ...limits, own: true };
    await this.#session.run('savepoint', text, options, (driver, call) => driver.execute({ text, params: [] }, call));
  }
}

function checkNested(body: unknown, { isolation, readOnly, route, retry }: TransactionOptions): void {
  checkBody(body);
  if (isolation === undefined && readOnly === undefined && route === undefined && retry === undefined) return;
  throw new ConnectorError(
    'UNSUPPORTED',
    'A nested transaction is a savepoint: it takes no isolation, readOnly, route or retry. Give them to the outermost one.',
  );
}

/** Throws `DATA` for a body that is no function, before BEGIN is sent for nothing. */
export function checkBody(body: unknown): void {
  if (typeof body !== 'function') throw new ConnectorError('DATA', 'transaction() takes a function: (tx) => …');
}

/** One signal for two. Made once a level, not once a call. */
function anyOf(first: AbortSignal | undefined, second: AbortSignal | undefined): AbortSignal | undefined {
  return first === undefined || second === undefined ? (first ?? second) : AbortSignal.any([first, second]);
}
