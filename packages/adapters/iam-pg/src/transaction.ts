import {
  ConnectorError,
  type DriverTransaction,
  type ExecuteOptions,
  interrupted,
  type RawPage,
  type RawResult,
  type StreamPageOptions,
  untilAborted,
  within,
} from '@sqlport/core/spi';
import { meansFailover } from '@sqlport/core/spi/pool';
import { checkCommitted } from '@sqlport/core/spi/postgres';
import type { Statement } from '@sqlport/dialect';
import type { Reply } from './decode.ts';
import { lostConnection, statementError } from './error.ts';
import type { Loan } from './loan.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { command, type Request, requestFor } from './request.ts';

/** How long the server has to answer ROLLBACK, before the connection is given up. */
const ROLLBACK_TIMEOUT_MS = 5_000;

/** Portals have names, so that other statements may run between the pages of a stream. */
let lastPortal = 0;

/** What a {@link PgTransaction} is made of, beside its first connection. */
export interface TransactionContext {
  /** The text that begins it. */
  readonly begin: string;
  /** Whether the caller holds the transaction, or a stream of ours does. */
  readonly place: 'transaction' | 'stream';
  /** Whether it could expect a server that takes writes. */
  readonly writes: boolean;
  /** Gives another connection, where the first dies before anything was done on it. */
  acquire(signal: AbortSignal | undefined): Promise<Loan>;
  /** Ends what runs on a connection, as `stopRunning` does. */
  stop(connection: PhysicalConnection): Promise<boolean>;
}

/**
 * A transaction on a connection of its own, which it gives back at its end. BEGIN travels with the first statement,
 * which saves a round trip.
 */
export class PgTransaction implements DriverTransaction {
  readonly #context: TransactionContext;
  #loan: Loan;
  /** False until the server has answered what BEGIN travelled with. */
  #begun = false;
  /** Set once a statement was given up: resolves to whether the connection survives that. */
  #stopped: Promise<boolean> | undefined;
  /** True once the server turned out not to take writes. */
  #onlyReads = false;
  /** True once the server did not acknowledge that a statement was stopped. */
  #silent = false;

  constructor(loan: Loan, context: TransactionContext) {
    this.#loan = loan;
    this.#context = context;
  }

  get #connection(): PhysicalConnection {
    return this.#loan.connection;
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const [reply] = await this.#run([requestFor(statement)], signal);
    return reply!.result();
  }

  async batch(statements: readonly Statement[], { signal }: ExecuteOptions): Promise<readonly RawResult[]> {
    const replies = await this.#run(statements.map(requestFor), signal);
    return replies.map((reply) => reply.result());
  }

  /** Reads through a portal of its own: the server keeps it open between the pages, until the transaction ends. */
  async *stream(statement: Statement, { pageSize, signal }: StreamPageOptions): AsyncGenerator<RawPage, undefined> {
    lastPortal += 1;
    const portal = `sqlport_${lastPortal}`;
    let [page] = await this.#run([{ ...requestFor(statement), portal, maxRows: pageSize }], signal);
    const { layout, rows } = page!;
    try {
      yield { columns: layout.columns, rows };
      while (page!.suspended) {
        [page] = await this.#run([{ portal, layout, maxRows: pageSize }], signal);
        if (page!.rows.length > 0) yield { columns: layout.columns, rows: page!.rows };
      }
    } finally {
      this.#connection.closePortal(portal);
    }
    return undefined;
  }

  async commit({ signal }: ExecuteOptions): Promise<void> {
    try {
      this.#check(signal);
    } catch (error) {
      void this.rollback();
      throw error;
    }
    if (!this.#begun) {
      this.#giveBack();
      return;
    }
    let reply: Reply | undefined;
    try {
      [reply] = await untilAborted(this.#connection.run([command('COMMIT')]), signal, 'unknown');
    } catch (error) {
      throw statementError(error, 'commit');
    } finally {
      this.#giveBack();
    }
    checkCommitted(reply!);
  }

  /** Never rejects: where the server does not answer, it learns of the end by losing the connection. */
  async rollback(): Promise<void> {
    const survives = this.#stopped === undefined || (await this.#stopped);
    this.#silent = !survives && this.#connection.cancelAccess !== undefined;
    if (survives && this.#connection.isAlive && this.#connection.status !== 'I') {
      await within(ROLLBACK_TIMEOUT_MS, this.#connection.run([command('ROLLBACK')]));
    }
    this.#giveBack();
  }

  async #run(requests: readonly Request[], signal: AbortSignal | undefined): Promise<readonly Reply[]> {
    this.#check(signal);
    if (!this.#begun && !this.#connection.isAlive) {
      this.#loan.retire();
      this.#loan = await this.#context.acquire(signal);
    }
    return this.#begun ? this.#exchange(requests, signal) : this.#firstExchange(requests, signal);
  }

  async #firstExchange(requests: readonly Request[], signal: AbortSignal | undefined): Promise<readonly Reply[]> {
    const { connection } = this.#loan;
    try {
      const [, ...replies] = await this.#exchange([command(this.#context.begin), ...requests], signal);
      return replies;
    } finally {
      // Else nothing has begun, and all can be tried again.
      this.#begun = connection.isAlive || connection.status !== 'I';
    }
  }

  async #exchange(requests: readonly Request[], signal: AbortSignal | undefined): Promise<readonly Reply[]> {
    const place = this.#begun ? this.#context.place : 'begin';
    let replies: readonly Reply[];
    try {
      replies = await untilAborted(this.#connection.run(requests), signal, 'not-applied');
    } catch (error) {
      if (signal?.aborted && this.#connection.running !== undefined) {
        this.#stopped ??= this.#context.stop(this.#connection);
      }
      const failure = statementError(error, place);
      this.#onlyReads ||= meansFailover(failure, { writes: this.#context.writes, isAlive: true });
      throw failure;
    }
    if (this.#connection.status !== 'T') throw ended();
    return replies;
  }

  #check(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    if (this.#stopped !== undefined) {
      throw new ConnectorError('TRANSACTION', 'A statement of the transaction was given up: it is rolled back.');
    }
    if (!this.#begun) return;
    if (!this.#connection.isAlive) throw lostConnection(undefined, false, this.#context.place);
    // What ran now would not be part of any transaction.
    if (this.#connection.status === 'I') throw ended();
  }

  #giveBack(): void {
    const isLost = !this.#connection.isAlive && this.#stopped === undefined;
    if (isLost || this.#onlyReads || this.#silent) this.#loan.retire();
    else if (this.#connection.isIdle) this.#loan.release();
    else this.#loan.destroy();
  }
}

function ended(): ConnectorError {
  return new ConnectorError('TRANSACTION', 'The transaction has ended on the server.');
}
