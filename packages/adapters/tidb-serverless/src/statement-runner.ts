import { isConnectorError, type RawResult, type Statement, type ValueOptions } from '@sqlport/core/spi';
import { decode } from './decode.ts';
import { type EncodedStatement, encode } from './encode.ts';
import { type Place, withOutcome } from './error.ts';
import type { Reply } from './reply.ts';
import type { Need, ServerSettings } from './server-settings.ts';
import type { Session } from './session.ts';

/** What it takes to run statements, the same in a transaction and outside. */
export class StatementRunner {
  readonly #values: ValueOptions;
  readonly #settings: ServerSettings;

  constructor(values: ValueOptions, settings: ServerSettings) {
    this.#values = values;
    this.#settings = settings;
  }

  /** Makes a statement ready to be sent. Throws `DATA`, and `CONFIG` where the server's settings would spoil it; not applied. */
  async prepared(statement: Statement, signal: AbortSignal | undefined): Promise<EncodedStatement> {
    const encoded = encode(statement);
    try {
      await this.#settings.check(encoded.needs, signal, 'not-applied');
    } catch (error) {
      throw isConnectorError(error) ? withOutcome(error, 'not-applied') : error;
    }
    return encoded;
  }

  /** Sends a statement that is ready. */
  send(session: Session, { text, callsProcedure }: EncodedStatement, place: Place, signal: AbortSignal | undefined) {
    return session.execute(text, callsProcedure ? 'procedure' : place, signal);
  }

  /** Reads the reply to a statement that ran. Throws `DATA`, and `CONFIG` where the server's settings spoilt it; applied. */
  async result(reply: Reply, signal: AbortSignal | undefined): Promise<RawResult> {
    const result = decode(reply, this.#values);
    try {
      await this.#settings.check(this.#needsOf(reply), signal, 'applied');
    } catch (error) {
      throw isConnectorError(error) ? withOutcome(error, 'applied') : error;
    }
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
    // What a character set has no place for comes as a question mark.
    isNeeded(
      'utf8-results',
      /CHAR|TEXT|ENUM|SET|JSON/,
      (cell) => typeof cell === 'string' && /[^\0-\x7f]|\?/.test(cell),
    );
    return needs;
  }
}
