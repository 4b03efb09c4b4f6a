import type {
  DriverTransaction,
  ExecuteOptions,
  RawPage,
  RawResult,
  Statement,
  StreamPageOptions,
  TransactionOptions,
  ValueOptions,
} from '@sqlport/core/spi';
import { type ConnectorError, interrupted, isConnectorError, type Outcome, untilAborted } from '@sqlport/core/spi';
import { type Lease, meansFailover } from '@sqlport/core/spi/pool';
import { cancelStatement } from './cancel.ts';
import { encode, outcomeOnAbort, placeOf } from './encode.ts';
import { asNotApplied, transactionGone } from './error.ts';
import { END_MS, giveBackAfter } from './give-back.ts';
import type { PacketLimit } from './packet-limit.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { streamPages } from './stream.ts';

/** What a transaction has in common with the driver it comes from. */
export interface TransactionContext {
  readonly values: ValueOptions;
  readonly packetLimit: PacketLimit;
  /** Whether it could expect a server that takes writes. */
  readonly writes: boolean;
  /** Whether the session's isolation level is changed for it, and must be as before at its end. */
  readonly restoresIsolation: boolean;
}

/** Begins a transaction on a leased connection. Throws with outcome `not-applied`; the lease is then over. */
export async function beginTransaction(
  lease: Lease<PhysicalConnection>,
  { isolation, readOnly }: TransactionOptions,
  signal: AbortSignal | undefined,
  context: TransactionContext,
): Promise<DriverTransaction> {
  const { connection } = lease;
  const begin = async () => {
    // It holds for the next transaction only; RDS Proxy does not know which that is, and follows the session's level.
    const scope = context.restoresIsolation ? 'SESSION TRANSACTION' : 'TRANSACTION';
    if (isolation !== undefined) await connection.query(`SET ${scope} ISOLATION LEVEL ${isolation.toUpperCase()}`);
    await connection.query(readOnly ? 'START TRANSACTION READ ONLY' : 'START TRANSACTION');
  };
  try {
    await untilAborted(begin(), signal, 'not-applied');
    return new Mysql2Transaction(lease, context);
  } catch (error) {
    if (meansFailover(error, { writes: context.writes, isAlive: connection.isAlive })) lease.retire();
    else lease.destroy();
    throw isConnectorError(error) ? asNotApplied(error) : error;
  }
}

/** A transaction, with a physical connection of its own until it ends. */
class Mysql2Transaction implements DriverTransaction {
  readonly #lease: Lease<PhysicalConnection>;
  readonly #context: TransactionContext;
  /** Why the transaction no longer exists. */
  #gone: ConnectorError | undefined;
  /** A statement that was abandoned and is being stopped: false where the connection cannot be used again. */
  #stopping: Promise<boolean> | undefined;
  /** True once the server turned out not to take writes. */
  #onlyReads = false;
  /** True while {@link MARK} is set. */
  #marked = false;

  constructor(lease: Lease<PhysicalConnection>, context: TransactionContext) {
    this.#lease = lease;
    this.#context = context;
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const encoded = encode(statement);
    const connection = await this.#ready(signal);
    if (encoded.callsProcedure) await this.#mark(connection, signal);
    await this.#context.packetLimit.check(encoded.text, connection, signal);
    const answer = connection.query(encoded.text, placeOf(encoded, 'transaction'));
    try {
      const result = await untilAborted(answer, signal, outcomeOnAbort(encoded, 'transaction'), () => {
        this.#lose(INTERRUPTED);
        this.#stop(answer);
      });
      // The statement itself ended the transaction, or it was the first to run without it.
      if (!connection.inTransaction) throw this.#lose(ENDED_ITSELF, 'applied');
      return result;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  async *stream(statement: Statement, options: StreamPageOptions): AsyncGenerator<RawPage, void, undefined> {
    const encoded = encode(statement);
    const connection = await this.#ready(options.signal);
    if (encoded.callsProcedure) await this.#mark(connection, options.signal);
    try {
      yield* streamPages(connection, encoded, options, this.#context.values, 'transaction', {
        completed: () => {},
        abandoned: (answered) => {
          const aborted = options.signal?.aborted === true;
          if (aborted) this.#lose(INTERRUPTED);
          this.#stop(answered, aborted);
        },
      });
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  async commit({ signal }: ExecuteOptions): Promise<void> {
    let connection: PhysicalConnection;
    try {
      connection = await this.#ready(signal);
    } catch (error) {
      await this.rollback();
      throw error;
    }
    const answer = connection.query('COMMIT AND NO CHAIN NO RELEASE', 'commit');
    let abandoned = false;
    try {
      await untilAborted(answer, signal, 'unknown', () => {
        abandoned = true;
        void this.#giveBackAfter(answer);
      });
      if (this.#onlyReads) this.#lease.retire();
      else if (this.#context.restoresIsolation) void this.#giveBackAfter(answer);
      else this.#lease.release();
    } catch (error) {
      throw abandoned ? error : await this.#commitFailed(error);
    }
  }

  async rollback(): Promise<void> {
    const { connection } = this.#lease;
    const stopping = this.#stopping;
    const usable = (await (stopping ?? true)) && connection.isAlive;
    // Died by itself, or did not acknowledge that the statement was stopped.
    const isGone = !usable && (stopping === undefined || connection.rights.killAccess !== undefined);
    if (this.#onlyReads || isGone) this.#lease.retire();
    else if (usable) await this.#giveBackAfter(connection.query('ROLLBACK AND NO CHAIN NO RELEASE'));
    else this.#lease.destroy();
  }

  /** Gives the connection back when the server has answered what ends the transaction. */
  #giveBackAfter(answer: Promise<unknown>): Promise<void> {
    if (!this.#context.restoresIsolation) return giveBackAfter(this.#lease, answer);
    return giveBackAfter(this.#lease, Promise.all([answer, this.#lease.connection.query(RESTORE_ISOLATION)]));
  }

  /** The connection, when the transaction is known to be open on it. Throws `TRANSACTION` where it is not. */
  async #ready(signal: AbortSignal | undefined): Promise<PhysicalConnection> {
    const { connection } = this.#lease;
    if (this.#stopping !== undefined) {
      const usable = await untilAborted(this.#stopping, signal, 'not-applied');
      if (!usable) this.#lose(LOST);
    }
    if (this.#gone !== undefined) throw this.#gone;
    if (!connection.isAlive) throw this.#lose(LOST);
    // An error does not tell whether it cost the transaction (1205 may: innodb_rollback_on_timeout); the next statement
    // would run, and be committed, by itself.
    if (connection.inTransaction === undefined) await this.#ownQuery(connection, 'DO 0', signal);
    if (!connection.inTransaction) throw this.#lose(ROLLED_BACK);
    if (this.#marked && !(await this.#unmark(connection, signal))) throw this.#lose(ENDED_ITSELF);
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    return connection;
  }

  /** Marks the transaction before a procedure is called, which may commit it and begin another: nothing else would tell. */
  async #mark(connection: PhysicalConnection, signal: AbortSignal | undefined): Promise<void> {
    await this.#ownQuery(connection, `SAVEPOINT ${MARK}`, signal);
    this.#marked = true;
  }

  /** Whether the transaction is still the one that was marked. */
  async #unmark(connection: PhysicalConnection, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#ownQuery(connection, `RELEASE SAVEPOINT ${MARK}`, signal);
      this.#marked = false;
      return true;
    } catch (error) {
      if (isConnectorError(error) && error.errno === NO_SUCH_SAVEPOINT) return false;
      throw error;
    }
  }

  /** Runs what the caller did not ask for, and waits no longer than he does. */
  async #ownQuery(connection: PhysicalConnection, text: string, signal: AbortSignal | undefined): Promise<void> {
    const answer = connection.query(text, 'transaction');
    await untilAborted(answer, signal, 'not-applied', () => this.#stop(answer));
  }

  /** Remembers that the transaction is over, where an error says so. */
  #note(error: unknown): void {
    if (!isConnectorError(error)) return;
    if (error.errno === DEADLOCK) this.#lose(ROLLED_BACK);
    if (meansFailover(error, { writes: this.#context.writes, isAlive: true })) this.#onlyReads = true;
    if (!this.#lease.connection.isAlive) this.#lose(LOST);
  }

  /** The transaction is over: what every further call is answered with. The first reason stays. */
  #lose(why: string, outcome: Outcome = 'not-applied'): ConnectorError {
    const error = transactionGone(why, outcome);
    this.#gone ??= transactionGone(why);
    return error;
  }

  #stop(answer: Promise<unknown>, aborted = true): void {
    this.#stopping = cancelStatement(this.#lease.connection, answer, aborted);
  }

  /** An error of COMMIT says little; a transaction that is still open after it was certainly not committed. */
  async #commitFailed(error: unknown): Promise<unknown> {
    const { connection } = this.#lease;
    this.#note(error);
    if (!connection.isAlive || !isConnectorError(error)) {
      this.#lease.retire();
      return error;
    }
    await untilAborted(connection.query('DO 0'), AbortSignal.timeout(END_MS), 'unknown').catch(() => {});
    const stillOpen = connection.inTransaction === true;
    await this.rollback();
    return stillOpen ? asNotApplied(error) : error;
  }
}

/** ER_LOCK_DEADLOCK: rolls back the whole transaction. */
const DEADLOCK = 1213;

/** ER_SP_DOES_NOT_EXIST. */
const NO_SUCH_SAVEPOINT = 1305;

const RESTORE_ISOLATION = 'SET SESSION transaction_isolation = DEFAULT';

/** A savepoint that a transaction loses when it ends. */
const MARK = 'sqlport_called';

const ROLLED_BACK = 'The server has rolled the transaction back. Run it again from its start.';
const LOST = 'The connection of the transaction was lost; the server rolls it back. Run it again from its start.';
const INTERRUPTED = 'A statement of the transaction was aborted or timed out; all that is left is to roll it back.';
const ENDED_ITSELF =
  'The transaction ended without commit(): a procedure or a statement committed it, or the server gave it up.';
