import { ServerSettings } from '@sqlport/core/spi';
import { MYSQL_SESSION_QUESTION, type MysqlNeed, mysqlNeedsMet } from '@sqlport/dialect';

/**
 * What to set, for each need that is not met. The others are met by the API, which commits what is not part of a
 * transaction, and talks to the server in a character set of its own choice; our literals are ASCII.
 */
const CURES: Readonly<Partial<Record<MysqlNeed, string>>> = {
  utc: "The server's time zone is not UTC, so that no TIMESTAMP can be trusted: set time_zone to UTC in the DB cluster parameter group.",
  strict:
    "The server's sql_mode is not strict: values that do not fit would be cut and kept. Add STRICT_TRANS_TABLES to sql_mode in the DB cluster parameter group.",
  literals:
    "The server's sql_mode gives another meaning to a backslash or a double quote of the statement. Take NO_BACKSLASH_ESCAPES and ANSI_QUOTES out of sql_mode in the DB cluster parameter group, or give the text as a parameter.",
};

/**
 * The settings of Aurora MySQL as a session finds them; each request outside of a transaction has a session of its own.
 * `ask` resolves to the cells of the only row.
 */
export function mysqlSettings(ask: (question: string) => Promise<readonly string[]>): ServerSettings<MysqlNeed> {
  return new ServerSettings(async () => mysqlNeedsMet(await ask(MYSQL_SESSION_QUESTION)), CURES);
}
