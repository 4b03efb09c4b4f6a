import type { RawResult, ServerSettings, Statement, ValueOptions } from '@sqlport/core/spi';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import type { Reply } from './reply.ts';
import type { Need } from './server-settings.ts';

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
    await this.#settings.check(this.#needsOf(reply), signal, 'applied');
    return result;
  }

  #needsOf({ types, rows }: Reply): readonly Need[] {
    const needs: Need[] = [];
    const isNeeded = (need: Need, type: RegExp, suspect: (cell: unknown) => boolean) => {
      if (this.#settings.isMet(need)) return;
      const concerned = types.flatMap((field, index) => (type.test(field.type) ? [index] : []));
      if (concerned.some((index) => rows.some((row) => suspect(row[index])))) needs.push(need);
    };
    isNeeded('utc', /^TIMESTAMP$/, (cell) => cell !== null);
    isNeeded('trimmed', /^CHAR$/, (cell) => typeof cell === 'string' && cell.endsWith(' '));
    // What a character set has no place for comes as a question mark.
    isNeeded(
      'utf8-results',
      /CHAR|TEXT|ENUM|SET|JSON/,
      (cell) => typeof cell === 'string' && /[^\0-\x7f]|\?/.test(cell),
    );
    return needs;
  }
}
