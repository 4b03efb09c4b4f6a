import type { RawResult, ServerSettings, Statement, ValueOptions } from '@sqlport/core/spi';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import type { Reply } from './reply.ts';
import { type Need, RELIANCES } from './server-settings.ts';

/** Encodes statements and decodes replies, and sees to it that the server's settings do not spoil them. */
export class CheckedCodec {
  readonly #values: ValueOptions;
  readonly #settings: ServerSettings<Need>;

  constructor(values: ValueOptions, settings: ServerSettings<Need>) {
    this.#values = values;
    this.#settings = settings;
  }

  /** The text to send. Throws `DATA`, and `CONFIG` where a setting would spoil the statement; not applied. */
  async encode(statement: Statement, signal: AbortSignal | undefined): Promise<string> {
    const { text, needs } = encode(statement);
    await this.#settings.check(needs, signal, 'not-applied');
    return text;
  }

  /** Throws `DATA`, and `CONFIG` where a setting has spoilt the reply; applied. */
  async decode(reply: Reply, signal: AbortSignal | undefined): Promise<RawResult> {
    const result = decode(reply, this.#values);
    // As they came: JSON that was read shows no question marks any more.
    await this.#settings.checkResult(RELIANCES, { columns: reply.types, rows: reply.rows }, signal);
    return result;
  }
}
