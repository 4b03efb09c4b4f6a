import {
  type Driver,
  type DriverTransaction,
  type ExecuteOptions,
  type RawResult,
  type Statement,
  type TransactionOptions,
  untilAborted,
  type ValueOptions,
} from '@sqlport/core/spi';
import { CheckedCodec } from './checked-codec.ts';
import type { Settings } from './config.ts';
import { tidbSettings } from './server-settings.ts';
import { Session } from './session.ts';
import { beginTransaction } from './transaction.ts';

/** Runs statements, each of them one request in a session of its own; a transaction keeps a session until it ends. */
export class TidbDriver implements Driver {
  readonly #settings: Settings;
  readonly #codec: CheckedCodec;
  readonly #closing = new AbortController();
  /** Rollbacks that nobody waits for. */
  readonly #ending = new Set<Promise<void>>();

  constructor(settings: Settings, values: ValueOptions) {
    this.#settings = settings;
    const ask = (question: string) => new Session(settings).execute(question, this.#closing.signal);
    this.#codec = new CheckedCodec(values, tidbSettings(ask));
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const text = await this.#codec.encode(statement, signal);
    const reply = await new Session(this.#settings).execute(text, signal);
    return this.#codec.decode(reply, signal);
  }

  begin(options: TransactionOptions, { signal }: ExecuteOptions): Promise<DriverTransaction> {
    const begun = beginTransaction(new Session(this.#settings), options, {
      codec: this.#codec,
      closing: this.#closing.signal,
      inBackground: (work) => this.#inBackground(work),
    });
    // Only who has the answer knows the session, and can end it.
    return untilAborted(begun, signal, 'not-applied', () => this.#inBackground(begun.then((late) => late.rollback())));
  }

  /** Waits for rollbacks that are under way, but not for statements that keep them from succeeding. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ending);
  }

  #inBackground(work: Promise<void>): void {
    const ending = work.catch(() => {}).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
