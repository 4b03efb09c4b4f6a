import { onlyReads } from './mysql-reads.ts';
import { planOf } from './plan.ts';
import type { Statement } from './statement.ts';

/** What a value or a statement relies on, of settings of a MySQL session that are not ours to make. */
export type MysqlNeed =
  /** TIMESTAMP is sent in the session's time zone. */
  | 'utc'
  /** Values that do not fit are refused. */
  | 'strict'
  /** What is written stays. */
  | 'autocommit'
  /** Backslashes and double quotes in literals mean what they mean by default. */
  | 'literals'
  /** What the statement's own text has beyond ASCII arrives. Parameters have nothing. */
  | 'utf8-statements'
  /** What a result has beyond ASCII arrives. */
  | 'utf8-results';

/** Statements that change no data, though they are no reading either. */
const CHANGES_NO_DATA: ReadonlySet<string> = new Set(
  'savepoint release rollback commit start begin set use kill'.split(' '),
);

/** Whether a MySQL statement may change data, which in doubt it does. */
export function mayWrite(text: string): boolean {
  return !onlyReads(text) && !CHANGES_NO_DATA.has(planOf(text, 'mysql').keyword);
}

/** What a statement relies on whose parameters are literals of ASCII, which read the same everywhere. */
export function mysqlNeeds({ text, params }: Statement): readonly MysqlNeed[] {
  const needs: MysqlNeed[] = [];
  if (mayWrite(text)) needs.push('strict', 'autocommit');
  if (params.some((param) => param instanceof Date)) needs.push('utc');
  if (/[\\"]/.test(text)) needs.push('literals');
  if (/[^\0-\x7f]/.test(text)) needs.push('utf8-statements');
  return needs;
}

/** Asks a session for what {@link mysqlNeedsMet} reads: one row. */
export const MYSQL_SESSION_QUESTION =
  'SELECT @@time_zone, @@system_time_zone, @@sql_mode, @@autocommit, @@character_set_client, @@character_set_connection, @@character_set_results';

const UTC: ReadonlySet<string> = new Set(['+00:00', '-00:00', 'utc', 'etc/utc', 'gmt', 'etc/gmt', 'zulu', 'etc/zulu']);

/** The needs that a session meets, by its answer to {@link MYSQL_SESSION_QUESTION}. */
export function mysqlNeedsMet(row: readonly unknown[] | undefined): ReadonlySet<MysqlNeed> {
  const [zone = '', systemZone = '', mode = '', autocommit = '', client = '', own = '', results = ''] = (row ?? []).map(
    (cell) => String(cell).toLowerCase(),
  );
  const found: Readonly<Record<MysqlNeed, boolean>> = {
    utc: UTC.has(zone === 'system' ? systemZone : zone),
    strict: /\bstrict_(trans|all)_tables\b/.test(mode),
    autocommit: /^(1|on)$/.test(autocommit),
    literals: !/\b(no_backslash_escapes|ansi_quotes)\b/.test(mode),
    'utf8-statements': client === 'utf8mb4' && own === 'utf8mb4',
    'utf8-results': results === 'utf8mb4',
  };
  return new Set((Object.keys(found) as MysqlNeed[]).filter((need) => found[need]));
}
