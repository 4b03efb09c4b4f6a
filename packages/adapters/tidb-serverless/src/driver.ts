import type {
  Driver,
  DriverTransaction,
  ExecuteOptions,
  RawResult,
  Statement,
  TransactionOptions,
  ValueOptions,
} from '@sqlport/core/spi';
import { CheckedCodec } from './checked-codec.ts';
import type { Settings } from './config.ts';
import { serverSettings } from './server-settings.ts';
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
    this.#codec = new CheckedCodec(values, serverSettings(ask));
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const { text } = await this.#codec.encode(statement, signal);
    const reply = await new Session(this.#settings).execute(text, signal);
    return this.#codec.decode(reply, signal);
  }

  begin(options: TransactionOptions, { signal }: ExecuteOptions): Promise<DriverTransaction> {
    return beginTransaction(new Session(this.#settings), options, signal, {
      codec: this.#codec,
      closing: this.#closing.signal,
      inBackground: (work) => {
        this.#ending.add(work);
        void work.finally(() => this.#ending.delete(work));
      },
    });
  }

  /** Waits for rollbacks that are under way, but not for statements that keep them from succeeding. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ending);
  }
}
