import type { RawResult, ServerSettings, Statement, ValueOptions } from '@sqlport/core/spi';
import { MYSQL_RELIANCES, type MysqlSetting } from '@sqlport/dialect';
import type { ApiClient, ExecuteCall } from './api-client.ts';
import { decode } from './decode.ts';
import { type EncodedStatement, encode } from './encode.ts';
import { apiError } from './error.ts';
import { auroraSettings, needsOf } from './server-settings.ts';

/** What it takes to run statements, the same in a transaction and outside. */
export class StatementRunner {
  readonly #api: ApiClient;
  readonly #engine: 'mysql' | 'postgres';
  readonly #values: ValueOptions;
  /** Of PostgreSQL nothing has to be asked: the API sees to ISO dates and UTC, and literals read the same everywhere. */
  readonly #settings: ServerSettings<MysqlSetting> | undefined;

  constructor(api: ApiClient, engine: 'mysql' | 'postgres', values: ValueOptions) {
    this.#api = api;
    this.#engine = engine;
    this.#values = values;
    if (engine === 'mysql') this.#settings = auroraSettings((question) => this.#ask(question));
  }

  /** Makes a statement ready to be sent. Throws `DATA`, and `CONFIG` where the server's settings would spoil it; not applied. */
  async prepared(statement: Statement, signal: AbortSignal | undefined): Promise<EncodedStatement> {
    const encoded = encode(statement, this.#engine);
    await this.checkSettings([statement], signal);
    return encoded;
  }

  /** Throws `CONFIG` where the server's settings would spoil a statement; not applied. */
  async checkSettings(statements: readonly Statement[], signal: AbortSignal | undefined): Promise<void> {
    await this.#settings?.check(statements.flatMap(needsOf), signal, 'not-applied');
  }

  /**
   * Sends a statement that is ready, and reads the reply. Throws what the API client throws; and of a statement that
   * ran, `DATA` for its values, and `CONFIG` where the server's settings spoilt them; applied.
   */
  async run(statement: EncodedStatement, call: ExecuteCall): Promise<RawResult> {
    const reply = await this.#api.execute(statement, call);
    const result = decode(reply, statement.verb, this.#engine, this.#values);
    await this.#settings?.checkResult(MYSQL_RELIANCES, result, call.signal);
    return result;
  }

  async #ask(question: string): Promise<readonly string[]> {
    try {
      const { records } = await this.#api.execute({ text: question }, {});
      return (records?.[0] ?? []).map(({ stringValue = '' }) => stringValue);
    } catch (error) {
      throw apiError(error, 'begin', this.#engine);
    }
  }
}
