import { ServerSettings } from '@sqlport/core/spi';
import { MYSQL_SESSION_QUESTION, type MysqlNeed, mysqlNeedsMet } from '@sqlport/dialect';
import type { Reply } from './reply.ts';

const NOT_STRICT =
  "The server's sql_mode is not strict, or autocommit is off: wrong values would be cut and kept. SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES,…' and SET GLOBAL autocommit = ON.";

/** What to set, for each need that is not met. */
const CURES: Readonly<Record<MysqlNeed, string>> = {
  utc: "The server's time zone is not UTC, so that no TIMESTAMP can be trusted: SET GLOBAL time_zone = '+00:00'.",
  strict: NOT_STRICT,
  autocommit: NOT_STRICT,
  literals:
    "The server's sql_mode gives another meaning to a backslash or a double quote of the statement. Take NO_BACKSLASH_ESCAPES and ANSI_QUOTES out of it (SET GLOBAL sql_mode = …), or give the text as a parameter.",
  'utf8-statements':
    'The server does not take statements as utf8mb4: SET GLOBAL character_set_client = utf8mb4, and character_set_connection likewise. Or give the text as a parameter.',
  'utf8-results':
    'The server does not send results as utf8mb4, so that a text may have lost characters: SET GLOBAL character_set_results = utf8mb4.',
};

/** The settings of the server. `ask` sends a statement in a session of its own, as every statement outside a transaction has one. */
export function serverSettings(ask: (question: string) => Promise<Reply>): ServerSettings<MysqlNeed> {
  return new ServerSettings(async () => mysqlNeedsMet((await ask(MYSQL_SESSION_QUESTION)).rows[0]), CURES);
}
