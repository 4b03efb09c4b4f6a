import { type Reliance, ServerSettings } from '@sqlport/core/spi';
import { MYSQL_RELIANCES, type MysqlSetting, mysqlSettings } from '@sqlport/dialect';
import type { Reply } from './reply.ts';
import { unreadable } from './request-error.ts';

/** What a value or a statement may rely on, and no client can set: every statement outside a transaction has a session of its own. */
export type Need =
  | MysqlSetting
  /** What the statement's own text has beyond ASCII arrives. Parameters have nothing. */
  | 'utf8-statements'
  /** What a result has beyond ASCII arrives. */
  | 'utf8-results';

const QUESTION =
  'SELECT @@time_zone, @@system_time_zone, @@sql_mode, @@autocommit, @@character_set_client, @@character_set_connection, @@character_set_results';

/** What to set, for each need that is not met. */
const CURES: Readonly<Record<Need, string>> = {
  utc: "The server's time zone is not UTC, so that no TIMESTAMP can be trusted: SET GLOBAL time_zone = '+00:00'.",
  strict:
    "The server's sql_mode is not strict, or autocommit is off: wrong values would be cut and kept. SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES,…' and SET GLOBAL autocommit = ON.",
  backslashes:
    "The server's sql_mode gives another meaning to a backslash of the statement. Take NO_BACKSLASH_ESCAPES out of it (SET GLOBAL sql_mode = …), or give the text as a parameter.",
  'double-quotes':
    "The server's sql_mode gives another meaning to the double quotes of the statement. Take ANSI_QUOTES out of it (SET GLOBAL sql_mode = …), or write single quotes.",
  pipes:
    "The server's sql_mode makes || join texts, where the statement means OR. Take PIPES_AS_CONCAT (or ANSI) out of it (SET GLOBAL sql_mode = …), or write OR.",
  trimmed:
    "The server's sql_mode pads CHAR with blanks, which are not part of the values. Take PAD_CHAR_TO_FULL_LENGTH out of it (SET GLOBAL sql_mode = …).",
  'utf8-statements':
    'The server does not take statements as utf8mb4: SET GLOBAL character_set_client = utf8mb4, and character_set_connection likewise. Or give the text as a parameter.',
  'utf8-results':
    'The server does not send results as utf8mb4, so that a text may have lost characters: SET GLOBAL character_set_results = utf8mb4.',
};

/** Which cells of a reply rely on what. */
export const RELIANCES: readonly Reliance<Need>[] = [
  ...MYSQL_RELIANCES,
  {
    need: 'utf8-results',
    type: /CHAR|TEXT|ENUM|SET|JSON/,
    // What a character set has no place for comes as a question mark.
    shows: (cell) => typeof cell === 'string' && /[^\0-\x7f]|\?/.test(cell),
  },
];

/** What a reply to the question says. */
function needsMetBy({ rows: [row] }: Reply): Readonly<Record<Need, boolean>> {
  if (!Array.isArray(row) || row.length !== 7) throw unreadable('without the settings that were asked for', '');
  const [zone = '', systemZone = '', mode = '', autocommit = '', client, own, results] = row.map((cell) =>
    String(cell).toLowerCase(),
  );
  const found = mysqlSettings(zone, systemZone, mode);
  return {
    ...found,
    // What is written must also stay.
    strict: found.strict && /^(1|on)$/.test(autocommit),
    'utf8-statements': client === 'utf8mb4' && own === 'utf8mb4',
    'utf8-results': results === 'utf8mb4',
  };
}

/** The settings of TiDB Cloud. `ask` sends a statement in a session of its own. */
export function tidbSettings(ask: (question: string) => Promise<Reply>): ServerSettings<Need> {
  return new ServerSettings(async () => needsMetBy(await ask(QUESTION)), CURES);
}
