import {
  ConnectorError,
  commitsTransaction,
  type DriverTransaction,
  type ErrorCode,
  type ExecuteOptions,
  interrupted,
  isConnectorError,
  type RawResult,
  type Statement,
  type TransactionOptions,
  within,
  withOutcome,
} from '@sqlport/core/spi';
import { cursorPages } from './cursor.ts';
import type { DriverContext } from './driver.ts';
import { apiError, type Place } from './error.ts';
import { type ManyRequest, requestsFor } from './many.ts';
import { STILL_RUNNING } from './service-error.ts';
import { namingColumns } from './unsupported-column.ts';

/** How long a rollback is tried again while the API says that a statement still runs; it stops those after 45 seconds. */
const ROLLBACK_TRIES_MS = 60_000;
const ROLLBACK_PAUSE_MS = 250;
/** How long `rollback` holds up its caller at the most; the rest happens behind their back. */
const ROLLBACK_WAIT_MS = 2_000;

/** ER_LOCK_DEADLOCK and ER_LOCK_TABLE_FULL: MySQL rolls back the whole transaction. */
const ROLLS_BACK: ReadonlySet<number | undefined> = new Set([1213, 1206]);
/** ER_LOCK_WAIT_TIMEOUT: MySQL rolls back the statement, or with innodb_rollback_on_timeout the transaction. */
const LOCK_WAIT_TIMEOUT = 1205;
/** ER_CANT_CHANGE_TX_CHARACTERISTICS: a transaction is in progress. */
const IN_PROGRESS = 1568;

/** After these, said by the API itself, nobody can tell whether there still is a transaction. */
const ENDINGS: ReadonlySet<ErrorCode> = new Set(['TRANSACTION', 'TIMEOUT', 'RESULT_TOO_LARGE']);

/** Who has to know of the end of a transaction. */
export interface TransactionOwner {
  ended(transaction: DataApiTransaction): void;
  /** Gets what goes on after `rollback` has resolved. */
  follow(work: Promise<unknown>): void;
}

/** A transaction that the API keeps open between requests. Core makes one call at a time. */
export class DataApiTransaction implements DriverTransaction {
  /** PostgreSQL only. */
  readonly stream?: NonNullable<DriverTransaction['stream']>;
  readonly #id: string;
  readonly #context: DriverContext;
  readonly #place: 'transaction' | 'stream';
  readonly #owner: TransactionOwner;
  /** What every further call is answered with, once the transaction is lost. */
  #gone: ConnectorError | undefined;
  /** PostgreSQL: a statement has failed, and only a rollback, to a savepoint for one, gets through. */
  #failed = false;

  /**
   * `place`: whether the caller holds it, or a stream of theirs.
   */
  constructor(id: string, context: DriverContext, place: 'transaction' | 'stream', owner: TransactionOwner) {
    this.#id = id;
    this.#context = context;
    this.#place = place;
    this.#owner = owner;
    if (context.engine === 'postgres') {
      this.stream = (statement, options) =>
        cursorPages(this, statement, { ...options, firstPage: 'planned', closes: true });
    }
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    return this.#execute(statement, signal, this.#place);
  }

  async executeMany(statements: readonly Statement[], { signal }: ExecuteOptions): Promise<void> {
    const { api, engine, runner } = this.#context;
    const call = { signal, transactionId: this.#id };
    await runner.checkSettings(statements, signal);
    for (const request of requestsFor(statements, engine)) {
      await this.#run(request, signal, this.#place, async () => {
        if ('parameterSets' in request) await api.executeBatch(request.text, request.parameterSets, call);
        else await api.execute(request, call);
      });
    }
  }

  /** Sets what BeginTransaction has no members for, before the first statement. */
  async characterise({ isolation, readOnly }: TransactionOptions, signal: AbortSignal | undefined): Promise<void> {
    if (isolation === undefined && readOnly === undefined) return;
    const level = isolation === undefined ? [] : [`ISOLATION LEVEL ${isolation}`];
    const access = readOnly === undefined ? [] : [readOnly ? 'READ ONLY' : 'READ WRITE'];
    const run = (text: string) => this.#execute({ text, params: [] }, signal, 'begin');
    const set = `SET TRANSACTION ${[...level, ...access].join(', ')}`;
    try {
      await run(set);
    } catch (error) {
      if (!isConnectorError(error) || error.errno !== IN_PROGRESS) throw error;
      // MySQL sets them for the next transaction only: the empty one is ended, and another takes its place.
      await run('COMMIT');
      await run(set);
      await run('START TRANSACTION');
    }
  }

  async commit({ signal }: ExecuteOptions): Promise<void> {
    const { api, engine } = this.#context;
    if (signal?.aborted) {
      void this.rollback();
      throw interrupted(signal, 'not-applied');
    }
    if (this.#gone !== undefined || this.#failed) {
      await this.rollback();
      throw this.#gone ?? new ConnectorError('TRANSACTION', FAILED);
    }
    let status: string | undefined;
    try {
      status = await api.commit(this.#id, signal);
    } catch (error) {
      // It may still be open, unless the API says that it is not.
      void this.rollback();
      throw apiError(error, 'commit', engine);
    }
    this.#owner.ended(this);
    if (status === undefined || COMMITTED.test(status)) return;
    throw new ConnectorError('TRANSACTION', 'The Data API did not confirm the commit; see serverMessage.', {
      outcome: 'unknown',
      serverMessage: status,
    });
  }

  /** Never rejects. What the API does not let us end within its limits, it ends by itself. */
  async rollback(): Promise<void> {
    const ending = this.#rollbackUntilDone();
    this.#owner.ended(this);
    this.#owner.follow(ending);
    await within(ROLLBACK_WAIT_MS, ending);
  }

  async #rollbackUntilDone(): Promise<void> {
    const { api, engine } = this.#context;
    const since = Date.now();
    for (;;) {
      const error = await api.rollback(this.#id).then(
        () => undefined,
        (failure) => apiError(failure, 'begin', engine) as ConnectorError,
      );
      if (error === undefined || !isWorthAnotherTry(error)) return;
      if (api.ended || Date.now() - since > ROLLBACK_TRIES_MS) return;
      await new Promise((resolve) => setTimeout(resolve, ROLLBACK_PAUSE_MS).unref());
    }
  }

  async #execute(statement: Statement, signal: AbortSignal | undefined, place: Place): Promise<RawResult> {
    const { runner } = this.#context;
    const encoded = await runner.prepared(statement, signal);
    return this.#run(encoded, signal, place, () => runner.run(encoded, { signal, transactionId: this.#id }));
  }

  /** Runs one request, when the transaction is known to be there. */
  async #run<T>(
    request: ManyRequest,
    signal: AbortSignal | undefined,
    place: Place,
    work: () => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    if (this.#gone !== undefined) throw this.#gone;
    try {
      const result = await work();
      // Also of `ROLLBACK TO SAVEPOINT`, which makes a failed transaction whole.
      this.#failed = false;
      return result;
    } catch (error) {
      throw await this.#requestFailed(error, request, signal, place);
    }
  }

  /** The error of a request, and what it means for the transaction. */
  async #requestFailed(
    error: unknown,
    request: ManyRequest,
    signal: AbortSignal | undefined,
    place: Place,
  ): Promise<unknown> {
    const { engine } = this.#context;
    // A procedure may have committed what came before it; PostgreSQL's must not, in a transaction.
    const mayCommit = 'verb' in request && commitsTransaction(request.text, engine);
    if (signal?.aborted) {
      this.#lose(INTERRUPTED);
      return interrupted(signal, mayCommit ? 'unknown' : 'not-applied');
    }
    const failure = apiError(error, mayCommit ? 'procedure' : place, engine);
    if (!isConnectorError(failure)) return failure;
    const { code, errno, sqlState, outcome } = failure;
    if (sqlState !== undefined && engine === 'postgres') this.#failed = true;
    if (ROLLS_BACK.has(errno) || (errno === LOCK_WAIT_TIMEOUT && (await this.#rollsBackOnTimeout()))) {
      this.#lose(ROLLED_BACK);
    }
    const isDatabases = sqlState !== undefined || errno !== undefined;
    const isOver = ENDINGS.has(code) || outcome === 'unknown';
    if (isOver && !isDatabases) this.#lose(LOST);
    // It has run, and what it did not commit itself goes with the transaction.
    if (mayCommit && code === 'RESULT_TOO_LARGE') return withOutcome(failure, 'unknown');
    return 'verb' in request ? namingColumns(failure, request, this.#context).catch((named) => named) : failure;
  }

  /** After a lock wait time-out only this tells whether the next statement would be part of the transaction. */
  async #rollsBackOnTimeout(): Promise<boolean> {
    const { api } = this.#context;
    const call = { transactionId: this.#id };
    try {
      const { records } = await api.execute({ text: 'SELECT @@innodb_rollback_on_timeout' }, call);
      const [field] = records?.[0] ?? [];
      return !(field?.booleanValue === false || Number(field?.longValue ?? field?.stringValue) === 0);
    } catch {
      return true;
    }
  }

  #lose(why: string): void {
    this.#gone ??= new ConnectorError('TRANSACTION', why);
  }
}

/** A statement still runs, or the service is busy, out of reach or waking up. */
function isWorthAnotherTry({ code, serverMessage = '' }: ConnectorError): boolean {
  return code === 'UNREACHABLE' || code === 'THROTTLED' || code === 'RESUMING' || STILL_RUNNING.test(serverMessage);
}

const COMMITTED = /committed/i;

const FAILED = 'A statement of the transaction had failed: it was rolled back.';
const INTERRUPTED = 'A statement of the transaction was aborted or timed out; all that is left is to roll it back.';
const ROLLED_BACK = 'The server has rolled the transaction back. Run it again from its start.';
const LOST = 'The transaction has ended, or a statement in it was lost. Run it again from its start.';
