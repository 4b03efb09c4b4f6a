import { ServerSettings, type Statement } from '@sqlport/core/spi';
import { type MysqlSetting, mysqlSettings, statementNeeds } from '@sqlport/dialect';
import { verbOf } from './verb.ts';

const QUESTION = 'SELECT @@time_zone, @@system_time_zone, @@sql_mode';

/** What to set, for each need that is not met. */
const CURES: Readonly<Record<MysqlSetting, string>> = {
  utc: "The server's time zone is not UTC, so that no TIMESTAMP can be trusted: set time_zone to UTC in the DB cluster parameter group.",
  strict:
    "The server's sql_mode is not strict: values that do not fit would be cut and kept. Add STRICT_TRANS_TABLES to sql_mode in the DB cluster parameter group.",
  backslashes:
    "The server's sql_mode gives another meaning to a backslash of the statement. Take NO_BACKSLASH_ESCAPES out of sql_mode in the DB cluster parameter group, or give the text as a parameter.",
  'double-quotes':
    "The server's sql_mode gives another meaning to the double quotes of the statement. Take ANSI_QUOTES out of sql_mode in the DB cluster parameter group, or write single quotes.",
  pipes:
    "The server's sql_mode makes || join texts, where the statement means OR. Take PIPES_AS_CONCAT (or ANSI) out of sql_mode in the DB cluster parameter group, or write OR.",
  trimmed:
    "The server's sql_mode pads CHAR with blanks, which are not part of the values. Take PAD_CHAR_TO_FULL_LENGTH out of sql_mode in the DB cluster parameter group.",
};

/**
 * The settings of Aurora MySQL, which no client can set: each request outside of a transaction has a session of its own.
 * `ask` resolves to the cells of the only row.
 */
export function auroraSettings(ask: (question: string) => Promise<readonly string[]>): ServerSettings<MysqlSetting> {
  return new ServerSettings(async () => {
    const [zone = '', systemZone = '', mode = ''] = await ask(QUESTION);
    return mysqlSettings(zone, systemZone, mode);
  }, CURES);
}

const WRITES = new Set(['insert', 'update', 'replace', 'load']);

/** What a statement needs before it is sent. */
export function needsOf(statement: Statement): readonly MysqlSetting[] {
  const needs = statementNeeds(statement);
  if (WRITES.has(verbOf(statement.text, 'mysql'))) needs.push('strict');
  return needs;
}
