import { untilAborted } from '@sqlport/core/spi';
import { connectorError } from './error.ts';
import type { Reply } from './reply.ts';
import { unreadable } from './request-error.ts';

/** What a value or a statement may rely on, and no client can set: every statement outside a transaction has a session of its own. */
export type Need =
  /** TIMESTAMP is sent in the session's time zone. */
  | 'utc'
  /** Values that do not fit are refused, and what is written stays. */
  | 'strict'
  /** A backslash in a literal means what it means by default. */
  | 'backslashes'
  /** What stands in double quotes is a literal. */
  | 'double-quotes'
  /** What the statement's own text has beyond ASCII arrives. Parameters have nothing. */
  | 'utf8-statements'
  /** What a result has beyond ASCII arrives. */
  | 'utf8-results';

const QUESTION =
  'SELECT @@time_zone, @@system_time_zone, @@sql_mode, @@autocommit, @@character_set_client, @@character_set_connection, @@character_set_results';

const UTC = /^([+-]00:00|(etc\/)?(utc|uct|gmt|zulu|universal))$/;

/** What to set, for each need that is not met. */
const CURES: Readonly<Record<Need, string>> = {
  utc: "The server's time zone is not UTC, so that no TIMESTAMP can be trusted: SET GLOBAL time_zone = '+00:00'.",
  strict:
    "The server's sql_mode is not strict, or autocommit is off: wrong values would be cut and kept. SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES,…' and SET GLOBAL autocommit = ON.",
  backslashes:
    "The server's sql_mode gives another meaning to a backslash of the statement. Take NO_BACKSLASH_ESCAPES out of it (SET GLOBAL sql_mode = …), or give the text as a parameter.",
  'double-quotes':
    "The server's sql_mode gives another meaning to the double quotes of the statement. Take ANSI_QUOTES out of it (SET GLOBAL sql_mode = …), or write single quotes.",
  'utf8-statements':
    'The server does not take statements as utf8mb4: SET GLOBAL character_set_client = utf8mb4, and character_set_connection likewise. Or give the text as a parameter.',
  'utf8-results':
    'The server does not send results as utf8mb4, so that a text may have lost characters: SET GLOBAL character_set_results = utf8mb4.',
};

/**
 * The server's settings, as a session finds them: asked for once, when the first value depends on them, and again for as
 * long as they are not as they must be.
 */
export class ServerSettings {
  readonly #ask: (question: string) => Promise<Reply>;
  readonly #met = new Set<Need>();
  #asking: Promise<void> | undefined;

  /** `ask` sends a statement in a session of its own. */
  constructor(ask: (question: string) => Promise<Reply>) {
    this.#ask = ask;
  }

  /** Whether a need is known to be met. */
  isMet(need: Need): boolean {
    return this.#met.has(need);
  }

  /** Throws `CONFIG` where a need is not met, and what the question itself ran into. */
  async check(needs: readonly Need[], signal: AbortSignal | undefined): Promise<void> {
    if (needs.every((need) => this.#met.has(need))) return;
    // Shared by everybody who needs it at the same time, so no caller's signal ends it.
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined;
    });
    await untilAborted(this.#asking, signal, 'not-applied');
    const unmet = needs.find((need) => !this.#met.has(need));
    if (unmet !== undefined) throw connectorError('CONFIG', CURES[unmet]);
  }

  async #find(): Promise<void> {
    const [row] = (await this.#ask(QUESTION)).rows;
    if (!Array.isArray(row) || row.length !== 7) throw unreadable('without the settings that were asked for', '');
    const [zone = '', systemZone = '', mode = '', autocommit = '', client, own, results] = row.map((cell) =>
      String(cell).toLowerCase(),
    );
    const found: Readonly<Record<Need, boolean>> = {
      utc: UTC.test(zone === 'system' ? systemZone : zone),
      strict: /\bstrict_(trans|all)_tables\b/.test(mode) && /^(1|on)$/.test(autocommit),
      backslashes: !/\bno_backslash_escapes\b/.test(mode),
      'double-quotes': !/\bansi_quotes\b/.test(mode),
      'utf8-statements': client === 'utf8mb4' && own === 'utf8mb4',
      'utf8-results': results === 'utf8mb4',
    };
    for (const need of Object.keys(found) as Need[]) if (found[need]) this.#met.add(need);
  }
}
