import {
  type ConnectorError,
  type DriverTransaction,
  type ExecuteOptions,
  isConnectorError,
  type Outcome,
  pause,
  type RawResult,
  type Statement,
  type TransactionOptions,
  withOutcome,
} from '@sqlport/core/spi';
import type { CheckedCodec } from './checked-codec.ts';
import { mayWrite } from './encode.ts';
import { connectorError, SESSION_LOST, transactionGone } from './error.ts';
import type { Session } from './session.ts';

/** What a transaction has in common with the driver it comes from. */
export interface TransactionContext {
  readonly codec: CheckedCodec;
  /** Aborted when the driver is closed. */
  readonly closing: AbortSignal;
  /** Takes work that nobody waits for. */
  readonly inBackground: (work: Promise<void>) => void;
}

/** Begins a transaction in a session that has none, whoever still waits for it. Throws with outcome `not-applied`. */
export async function beginTransaction(
  session: Session,
  { isolation, readOnly = false }: TransactionOptions,
  context: TransactionContext,
): Promise<DriverTransaction> {
  try {
    await session.begin(isolation, context.closing);
  } catch (error) {
    // An empty transaction, if there is one, ends with its session.
    throw withOutcome(error, 'not-applied');
  }
  return new TidbTransaction(session, readOnly, context);
}

/**
 * How long a rollback is tried, which is also the limit of a single try; and how long while nobody waits for it: a session
 * may be busy with an abandoned statement.
 */
const ROLLBACK_MS = 5_000;
const UNSEEN_ROLLBACK_MS = 60_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * A transaction. Its session is known by a token: a statement that is answered with another one did not run in it, because
 * the server no longer knew the session and took a new one, without a word.
 */
class TidbTransaction implements DriverTransaction {
  readonly #session: Session;
  readonly #readOnly: boolean;
  readonly #context: TransactionContext;
  readonly #token: string;
  /** Why the transaction takes no more statements. */
  #gone: ConnectorError | undefined;
  /** False where the server has ended the transaction, so that there is nothing to roll back. */
  #mayBeOpen = true;
  /** Whether a statement may still run that nobody waits for. */
  #abandoned = false;

  constructor(session: Session, readOnly: boolean, context: TransactionContext) {
    this.#session = session;
    this.#readOnly = readOnly;
    this.#context = context;
    this.#token = session.token;
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    if (this.#gone !== undefined) throw this.#gone;
    if (this.#readOnly && mayWrite(statement.text)) throw connectorError('READ_ONLY', MUST_READ);
    const { codec } = this.#context;
    const text = await codec.encode(statement, signal);
    const reply = await this.#session.execute(text, signal).catch((error) => {
      this.#note(error);
      throw error;
    });
    // It ran and stays, by itself; `applied` would say that it goes with the rollback, as what runs in the transaction.
    if (!this.#isSame) throw this.#lose(RAN_ALONE, 'unknown');
    return codec.decode(reply, signal);
  }

  async commit({ signal }: ExecuteOptions): Promise<void> {
    if (this.#gone !== undefined) {
      await this.rollback().catch(() => {});
      throw this.#gone;
    }
    try {
      await this.#session.commit(signal);
    } catch (error) {
      this.#note(error);
      // A transaction that could not be committed must not be left open.
      this.#rollBackUnseen();
      throw error;
    }
    // Another session has committed, which had nothing to commit.
    if (!this.#isSame) throw this.#lose(COMMITTED_ELSEWHERE, 'unknown');
  }

  async rollback(): Promise<void> {
    if (this.#abandoned) return this.#rollBackUnseen();
    try {
      await this.#rollBack(ROLLBACK_MS);
    } catch (error) {
      this.#rollBackUnseen();
      throw error;
    }
  }

  /** Whether the last answer came from the session in which the transaction began. */
  get #isSame(): boolean {
    return this.#session.token === this.#token;
  }

  /** Remembers what an error says about the transaction. */
  #note(error: unknown): void {
    if (!isConnectorError(error)) return;
    const { code, errno, outcome } = error;
    if (code === 'TRANSACTION' && errno === undefined) this.#lose(SESSION_LOST);
    // Another token with an error only hints at the loss: the transaction is rolled back all the same.
    else if (!this.#isSame) this.#gone ??= transactionGone(SESSION_LOST);
    else if (endsTransaction(error)) this.#gone ??= transactionGone(ROLLED_BACK);
    else if (outcome === 'unknown') {
      this.#abandoned = true;
      this.#gone ??= transactionGone(ABANDONED);
    }
  }

  /** The transaction no longer exists. Answers the error to throw; further calls are answered with the first one's reason. */
  #lose(why: string, outcome: Outcome = 'not-applied'): ConnectorError {
    this.#mayBeOpen = false;
    this.#gone ??= transactionGone(why);
    return transactionGone(why, outcome);
  }

  #rollBackUnseen(): void {
    this.#context.inBackground(this.#rollBack(UNSEEN_ROLLBACK_MS));
  }

  /** Rolls back, again and again until the server says so. Rejects where that cannot be delivered in time. */
  async #rollBack(milliseconds: number): Promise<void> {
    const { closing } = this.#context;
    const deadline = Date.now() + milliseconds;
    for (let delay = FIRST_PAUSE_MS; this.#mayBeOpen; delay = Math.min(2 * delay, LONGEST_PAUSE_MS)) {
      try {
        const limit = Math.max(1, Math.min(ROLLBACK_MS, deadline - Date.now()));
        await this.#session.rollback(AbortSignal.timeout(limit));
        this.#mayBeOpen = false;
      } catch (error) {
        this.#note(error);
        if (!this.#mayBeOpen) return;
        if (closing.aborted || Date.now() > deadline) throw transactionLeft(error);
        await pause(delay, [closing]);
      }
    }
  }
}

/** The error for a rollback that could not be delivered. */
function transactionLeft(cause: unknown): ConnectorError {
  return connectorError('UNREACHABLE', NOT_ROLLED_BACK, { outcome: 'unknown', cause });
}

/**
 * Whether the server has, or may have, rolled the whole transaction back: on a deadlock, and on errors of TiDB's own
 * (conflicts, a schema that changed, a store that did not answer), unless they say that there is no such feature.
 */
function endsTransaction({ code, errno = 0 }: ConnectorError): boolean {
  return errno === DEADLOCK || (errno >= 8000 && code !== 'UNSUPPORTED');
}

const DEADLOCK = 1213;

const ROLLED_BACK = 'The server has rolled the transaction back. Run it again from its start.';
const RAN_ALONE =
  'TiDB Cloud no longer knew the session of the transaction: what ran before is rolled back, and this statement ran by itself and stays.';
const COMMITTED_ELSEWHERE =
  'TiDB Cloud answered COMMIT from another session than the one of the transaction, which is most likely rolled back.';
const ABANDONED =
  'A statement of the transaction was aborted, timed out or lost its answer; all that is left is to roll it back.';
const NOT_ROLLED_BACK =
  'The rollback could not be delivered; TiDB Cloud rolls the transaction back by itself when its session was idle for long enough.';
const MUST_READ =
  'The transaction is read-only. TiDB has no such transactions, so the statement is judged by its text, and it may write.';
