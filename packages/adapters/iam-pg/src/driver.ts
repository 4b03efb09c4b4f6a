import {
  type Driver,
  type DriverTransaction,
  type ExecuteOptions,
  interrupted,
  type RawPage,
  type RawResult,
  type Route,
  type StreamPageOptions,
  type TransactionOptions,
  untilAborted,
} from '@sqlport/core/spi';
import { meansFailover, type Use } from '@sqlport/core/spi/pool';
import { beginText } from '@sqlport/core/spi/postgres';
import type { Statement } from '@sqlport/dialect';
import { stopRunning } from './cancel.ts';
import type { Reply } from './decode.ts';
import { statementError } from './error.ts';
import type { Loan } from './loan.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { changesSession, isPartial, type Request, requestFor } from './request.ts';
import { PgTransaction } from './transaction.ts';

/** Where connections come from: pools of our own, or the user's. */
export interface ConnectionSource {
  acquire(signal: AbortSignal | undefined, use: Use, route: Route | undefined): Promise<Loan>;
  close(): Promise<void>;
}

/** PostgreSQL through a pool of physical connections. */
export class PgDriver implements Driver {
  readonly #source: ConnectionSource;
  readonly #stopping = new Set<Promise<boolean>>();

  constructor(source: ConnectionSource) {
    this.#source = source;
  }

  async execute(statement: Statement, options: ExecuteOptions): Promise<RawResult> {
    const [reply] = await this.#run([requestFor(statement)], options);
    return reply!.result();
  }

  async batch(statements: readonly Statement[], options: ExecuteOptions): Promise<readonly RawResult[]> {
    const replies = await this.#run(statements.map(requestFor), options);
    return replies.map((reply) => reply.result());
  }

  async begin(options: TransactionOptions, call: ExecuteOptions): Promise<DriverTransaction> {
    return this.#transaction(options, 'transaction', call);
  }

  /** A stream is a transaction of its own; it begins with the first page, and leaving it early commits. */
  async *stream(statement: Statement, options: StreamPageOptions): AsyncGenerator<RawPage, undefined> {
    const transaction = await this.#transaction({}, 'stream', options);
    let failed = false;
    try {
      yield* transaction.stream(statement, options);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      if (failed || options.signal?.aborted) void transaction.rollback();
      else await transaction.commit(options);
    }
    return undefined;
  }

  /** Waits for what is being stopped: nothing may go on running on the server behind a program that has ended. */
  async close(): Promise<void> {
    await Promise.all(this.#stopping);
    await this.#source.close();
  }

  async #transaction(
    options: TransactionOptions,
    place: 'transaction' | 'stream',
    { signal, route }: ExecuteOptions,
  ): Promise<PgTransaction> {
    const acquire = (wanted: AbortSignal | undefined) => this.#source.acquire(wanted, place, route);
    const writes = !options.readOnly && route !== 'reader';
    const stop = (connection: PhysicalConnection) => this.#stop(connection);
    return new PgTransaction(await acquire(signal), { begin: beginText(options), place, writes, acquire, stop });
  }

  /** As {@link stopRunning}; `close` waits for it. */
  #stop(connection: PhysicalConnection): Promise<boolean> {
    const stopping = stopRunning(connection).finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
    return stopping;
  }

  async #run(requests: readonly Request[], { signal, route }: ExecuteOptions): Promise<readonly Reply[]> {
    const loan = await this.#source.acquire(signal, 'statement', route);
    const { connection } = loan;
    let failedOver = false;
    try {
      if (signal?.aborted) throw interrupted(signal, 'not-applied');
      return await untilAborted(connection.run(requests), signal, 'unknown');
    } catch (error) {
      const failure = statementError(error, 'statement', requests.some(isPartial));
      failedOver = meansFailover(failure, { writes: route !== 'reader', isAlive: connection.isAlive });
      throw failure;
    } finally {
      if (failedOver) loan.retire();
      else this.#giveBack(loan, requests.some(changesSession));
    }
  }

  #giveBack(loan: Loan, changed: boolean): void {
    const { connection } = loan;
    if (connection.isIdle && !changed) loan.release();
    else if (connection.running === undefined) loan.destroy();
    else {
      void this.#stop(connection).then((survives) => {
        if (survives && connection.isIdle && !changed) loan.release();
        else if (survives || connection.cancelAccess === undefined) loan.destroy();
        // Nobody answers there any more, most likely.
        else loan.retire();
      });
    }
  }
}
