import type { Statement } from '@sqlport/dialect';
import { commitsTransaction } from './commits-by-itself.ts';
import { attributed, ConnectorError, isConnectorError, revised } from './errors.ts';
import type { Observer, QueryEvent } from './events.ts';
import { type CallLimits, interruptionOf, settleAtOnce, throwIfInterrupted } from './interruption.ts';
import { type RetryOptions, retrying } from './retry.ts';
import type { Traits } from './spi/adapter.ts';
import type { DriverTransaction, ExecuteOptions } from './spi/driver.ts';

/** What a transaction takes over from its connection. */
export interface TransactionContext {
  readonly adapter: string;
  readonly traits: Traits;
  readonly retry: RetryOptions;
  readonly observer: Observer;
  /** Aborted when the connection closes. */
  readonly closing: AbortSignal;
  /** Called once, when the transaction has ended on the server. */
  readonly ended: () => void;
}

interface RunOptions extends CallLimits {
  /** True for what must not be repeated, whatever its error says. */
  readonly once?: boolean;
  /** True for what core itself sends: its `timeoutMs` begins when what was queued before has settled. */
  readonly own?: boolean;
}

/**
 * One transaction on the driver, shared by all of its nested levels: runs calls one at a time in the order they were
 * made, and after a call whose fate is unknown lets nothing through but the rollback.
 */
export class TransactionSession {
  readonly context: TransactionContext;
  readonly driver: DriverTransaction;
  /** Streams that are open on any level. */
  streams = 0;
  /** Settles when the last call in the queue has. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Why every further call is refused. */
  #refusal: ConnectorError | undefined;
  /** Whether something may stay when the transaction is rolled back: committed on its way, or run outside of it. */
  #escaped = false;
  #savepoints = 0;
  #finished = false;

  constructor(driver: DriverTransaction, context: TransactionContext) {
    this.driver = driver;
    this.context = context;
  }

  /** A name that no other savepoint of this transaction has. */
  nextSavepoint(): string {
    this.#savepoints += 1;
    return `sqlport_${this.#savepoints}`;
  }

  /** To be told of what is about to run. */
  watch(statements: readonly Statement[]): void {
    const { dialect } = this.context.traits;
    this.#escaped ||= statements.some(({ text }) => commitsTransaction(text, dialect));
  }

  /** Queues a call, under the caller's limits. */
  async run<T>(
    operation: QueryEvent['operation'],
    text: string,
    options: RunOptions,
    work: (driver: DriverTransaction, call: ExecuteOptions) => Promise<T>,
    describe?: (event: QueryEvent, result: T) => void,
  ): Promise<T> {
    return this.context.observer.observe(operation, text, true, async (event) => {
      let done: (() => void) | undefined;
      try {
        if (options.own && options.timeoutMs !== undefined) await this.#allSettled(options);
        const interruption = interruptionOf(options);
        done = interruption.done;
        const { signal } = interruption;
        const attempt = async (number: number): Promise<T> => {
          if (event) event.attempts = number;
          const result = await settleAtOnce(work(this.driver, { signal }), signal, { outcome: 'unknown' });
          if (event) describe?.(event, result);
          return result;
        };
        return await this.#inTurn(signal, () => (options.once ? attempt(1) : this.repeated(attempt, signal)));
      } catch (error) {
        throw this.#ofWhole(this.#attributed(error));
      } finally {
        done?.();
      }
    });
  }

  /** Runs work as often as the connection's retry options allow, while it certainly had no effect. */
  repeated<T>(work: (number: number) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { retry, closing } = this.context;
    return retrying(work, { ...retry, signal, closing, keepReplies: true });
  }

  /** Queues the COMMIT. After it nothing more runs. What cannot be committed is rolled back. */
  async commit(limits: CallLimits): Promise<void> {
    try {
      // The driver ends the transaction with its COMMIT, however that goes: it cannot be repeated.
      await this.run('commit', '', { ...limits, once: true, own: true }, (driver, call) => {
        this.#finished = true;
        return driver.commit(call);
      });
    } catch (error) {
      await this.rollback().catch(() => {});
      throw this.#escaped && isConnectorError(error) ? revised(error, { outcome: 'unknown' }) : error;
    } finally {
      this.context.ended();
    }
  }

  /** Queues the ROLLBACK, whatever state the transaction is in. Does nothing where it has ended. */
  async rollback(): Promise<void> {
    try {
      await this.#queued(async () => {
        if (this.#finished) return;
        this.#finished = true;
        await this.context.observer.observe('rollback', '', true, async () => {
          await this.driver.rollback().catch((error) => Promise.reject(this.#attributed(error)));
        });
      });
    } finally {
      this.context.ended();
    }
  }

  /** Queues work that frees something on the driver; after the end there is nothing left to free. */
  cleanUp(work: () => Promise<unknown>): Promise<unknown> {
    return this.#queued(async () => (this.#finished ? undefined : work()));
  }

  /** Lets nothing more through, and rolls back after the call that is running. */
  async abandon(reason: ConnectorError): Promise<void> {
    this.#refusal ??= reason;
    await this.rollback().catch(() => {});
  }

  /** Throws where no further call is possible. */
  check(): void {
    if (this.#refusal !== undefined) throw this.#attributed(revised(this.#refusal, {}));
    if (this.#finished) throw this.#attributed(new ConnectorError('TRANSACTION', 'The transaction has ended.'));
  }

  /** `CONFLICT` speaks for the whole transaction: not applied would mean that all of it can be run again. */
  #ofWhole(error: ConnectorError): ConnectorError {
    return this.#escaped && error.code === 'CONFLICT' ? revised(error, { outcome: 'unknown' }) : error;
  }

  #attributed(error: unknown): ConnectorError {
    return attributed(error, this.context.adapter, this.context.traits.dialect);
  }

  async #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfInterrupted(signal);
    this.check();
    const before = this.#tail;
    const turn = this.#queued(async () => {
      // A call that was given up while it waited has been answered already; it must not run.
      throwIfInterrupted(signal);
      this.check();
      try {
        return await work();
      } catch (error) {
        this.#giveUpAfter(error, signal);
        throw error;
      }
    });
    turn.catch(() => {});
    await settleAtOnce(before, signal, { outcome: 'not-applied' });
    return turn;
  }

  /** Waits for what is queued, but not past an abort. */
  async #allSettled({ signal, outerSignal }: CallLimits): Promise<void> {
    const interruption = interruptionOf({ signal, outerSignal });
    try {
      await settleAtOnce(this.#tail, interruption.signal, { outcome: 'not-applied' });
    } finally {
      interruption.done();
    }
  }

  #queued<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => {});
    return turn;
  }

  /** Nobody knows what became of the statement, so nobody may build on it. */
  #giveUpAfter(error: unknown, signal: AbortSignal | undefined): void {
    const lost = signal?.aborted || !isConnectorError(error) || error.outcome === 'unknown';
    if (!lost) return;
    this.#escaped ||= isConnectorError(error) && error.code === 'TRANSACTION' && error.outcome === 'unknown';
    this.#refusal ??= new ConnectorError(
      'TRANSACTION',
      'An earlier statement of this transaction was aborted, timed out or lost its connection; the transaction is rolled back.',
    );
  }
}
