import {
  type Driver,
  type DriverTransaction,
  type ExecuteOptions,
  interrupted,
  type RawPage,
  type RawResult,
  type StreamPageOptions,
  type TransactionOptions,
  untilAborted,
} from '@sqlport/core/spi';
import type { Use } from '@sqlport/core/spi/pool';
import type { Statement } from '@sqlport/dialect';
import { statementError } from './error.ts';
import type { Loan } from './loan.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { changesSession, commitsByItself, type Reply, type Request, requestFor } from './request.ts';
import { beginText, PgTransaction } from './transaction.ts';

/** Where connections come from: a pool of our own, or the user's. */
export interface ConnectionSource {
  acquire(signal: AbortSignal | undefined, use: Use): Promise<Loan>;
  close(): Promise<void>;
}

/** PostgreSQL through a pool of physical connections. */
export class PgDriver implements Driver {
  readonly #source: ConnectionSource;
  readonly #stop: (connection: PhysicalConnection) => Promise<boolean>;
  readonly #stopping = new Set<Promise<boolean>>();

  /** `stop` ends what runs on a connection whose caller has gone; resolves to whether the connection survives that. */
  constructor(source: ConnectionSource, stop: (connection: PhysicalConnection) => Promise<boolean>) {
    this.#source = source;
    this.#stop = (connection) => {
      const stopping = stop(connection).finally(() => this.#stopping.delete(stopping));
      this.#stopping.add(stopping);
      return stopping;
    };
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const [reply] = await this.#run([requestFor(statement)], signal);
    return reply!.result();
  }

  async batch(statements: readonly Statement[], { signal }: ExecuteOptions): Promise<readonly RawResult[]> {
    const replies = await this.#run(statements.map(requestFor), signal);
    return replies.map((reply) => reply.result());
  }

  async begin(options: TransactionOptions, { signal }: ExecuteOptions): Promise<DriverTransaction> {
    return this.#transaction(beginText(options), 'transaction', signal);
  }

  /** A stream is a transaction of its own; it begins with the first page, and leaving it early commits. */
  async *stream(statement: Statement, options: StreamPageOptions): AsyncGenerator<RawPage, undefined> {
    const transaction = await this.#transaction('BEGIN', 'stream', options.signal);
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
    begin: string,
    place: 'transaction' | 'stream',
    signal: AbortSignal | undefined,
  ): Promise<PgTransaction> {
    const acquire = (wanted: AbortSignal | undefined) => this.#source.acquire(wanted, place);
    return new PgTransaction(await acquire(signal), { begin, place, acquire, stop: this.#stop });
  }

  async #run(requests: readonly Request[], signal: AbortSignal | undefined): Promise<readonly Reply[]> {
    const loan = await this.#source.acquire(signal, 'statement');
    try {
      if (signal?.aborted) throw interrupted(signal, 'not-applied');
      return await untilAborted(loan.connection.run(requests), signal, 'unknown');
    } catch (error) {
      throw statementError(error, 'statement', requests.some(commitsByItself));
    } finally {
      this.#giveBack(loan, requests.some(changesSession));
    }
  }

  #giveBack(loan: Loan, changed: boolean): void {
    const { connection } = loan;
    if (connection.isIdle && !changed) loan.release();
    else if (connection.running === undefined) loan.destroy();
    else {
      void this.#stop(connection).then((survives) => {
        if (survives && connection.isIdle && !changed) loan.release();
        else loan.destroy();
      });
    }
  }
}
