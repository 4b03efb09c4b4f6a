import { ConnectorError, type Outcome, type Statement, untilAborted } from '@sqlport/core/spi';
import { withOutcome } from './error.ts';
import { verbOf } from './verb.ts';

/** What a value or a statement may rely on, and no client can set: each request outside of a transaction has a session of its own. */
export type Need =
  /** TIMESTAMP is read and written in the session's time zone. */
  | 'utc'
  /** Values that do not fit are refused. */
  | 'strict'
  /** Backslashes and double quotes in the statement's own text mean what they mean by default. */
  | 'literals';

const QUESTION = 'SELECT @@time_zone, @@system_time_zone, @@sql_mode';

const UTC: ReadonlySet<string> = new Set(['+00:00', '-00:00', 'utc', 'etc/utc', 'gmt', 'etc/gmt', 'zulu', 'etc/zulu']);

/** What to set, for each need that is not met. */
const CURES: Readonly<Record<Need, string>> = {
  utc: "The server's time zone is not UTC, so that no TIMESTAMP can be trusted: set time_zone to UTC in the DB cluster parameter group.",
  strict:
    "The server's sql_mode is not strict: values that do not fit would be cut and kept. Add STRICT_TRANS_TABLES to sql_mode in the DB cluster parameter group.",
  literals:
    "The server's sql_mode gives another meaning to a backslash or a double quote of the statement. Take NO_BACKSLASH_ESCAPES and ANSI_QUOTES out of sql_mode in the DB cluster parameter group, or give the text as a parameter.",
};

/**
 * The settings of Aurora MySQL as a session finds them: asked for once, when the first value depends on them, and again
 * for as long as they are not as they must be.
 */
export class ServerSettings {
  readonly #ask: (question: string) => Promise<readonly string[]>;
  readonly #met = new Set<Need>();
  #asking: Promise<void> | undefined;

  /** `ask` resolves to the cells of the only row. */
  constructor(ask: (question: string) => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  /** Throws `CONFIG` with the given outcome where a need is not met, and what the question itself ran into. */
  async check(needs: readonly Need[], signal: AbortSignal | undefined, outcome: Outcome): Promise<void> {
    if (needs.every((need) => this.#met.has(need))) return;
    // Shared by everybody who needs it at the same time, so no caller's signal ends it.
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined;
    });
    // What went wrong with the question says nothing about the statement.
    await untilAborted(this.#asking, signal, outcome).catch((error) => {
      throw withOutcome(error, outcome);
    });
    const unmet = needs.find((need) => !this.#met.has(need));
    if (unmet !== undefined) throw new ConnectorError('CONFIG', CURES[unmet], { outcome });
  }

  async #find(): Promise<void> {
    const cells = await this.#ask(QUESTION);
    const [zone = '', systemZone = '', mode = ''] = cells.map((cell) => cell.toLowerCase());
    const found: Readonly<Record<Need, boolean>> = {
      utc: UTC.has(zone === 'system' ? systemZone : zone),
      strict: /\bstrict_(?:trans|all)_tables\b/.test(mode),
      literals: !/\b(?:no_backslash_escapes|ansi_quotes)\b/.test(mode),
    };
    for (const need of Object.keys(found) as Need[]) if (found[need]) this.#met.add(need);
  }
}

const WRITES = new Set(['insert', 'update', 'replace', 'load']);

/** What a statement needs before it is sent. */
export function needsOf({ text, params }: Statement): readonly Need[] {
  const needs: Need[] = [];
  if (WRITES.has(verbOf(text, 'mysql'))) needs.push('strict');
  if (params.some((param) => param instanceof Date)) needs.push('utc');
  if (/["\\]/.test(text)) needs.push('literals');
  return needs;
}
