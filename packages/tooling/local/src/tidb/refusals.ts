import type { SqlError } from './sql-error.ts';

/** What MySQL accepts and TiDB does not, as far as it can be told from how a statement begins. */
const refusals: readonly { readonly sql: RegExp; readonly error: (match: RegExpExecArray) => SqlError }[] = [
  {
    sql: /^\s*set\s+(?:(?:session|global|local)\s+)?transaction\s+isolation\s+level\s+(serializable|read\s+uncommitted)\b/i,
    error: (match) => isolationRefused(match[1]!),
  },
  {
    sql: /^\s*set\s+(?:session\s+|global\s+|local\s+|@@(?:(?:session|global|local)\.)?)?(?:transaction|tx)_isolation\s*:?=\s*['"]?(serializable|read-uncommitted)\b/i,
    error: (match) => isolationRefused(match[1]!),
  },
  {
    sql: /^\s*(?:start\s+transaction\s+read\s+only|set\s+(?:(?:session|global|local)\s+)?transaction\s+read\s+only)\b/i,
    error: () => ({
      errno: 1235,
      sqlState: '42000',
      message:
        'function READ ONLY has only noop implementation in tidb now, use tidb_enable_noop_functions to enable these functions',
    }),
  },
  {
    sql: /^\s*(?:create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(procedure|function|trigger|event)|(call))\b/i,
    error: (match) => ({
      errno: 1064,
      sqlState: '42000',
      message: `You have an error in your SQL syntax; check the manual that corresponds to your TiDB version for the right syntax to use near '${match[1] ?? match[2]}'`,
    }),
  },
];

/** TiDB has no such isolation level. */
export const isolationRefused = (level: string): SqlError => ({
  errno: 8048,
  sqlState: 'HY000',
  message: `The isolation level '${level.toUpperCase().replaceAll(/\s+/g, '-')}' is not supported. Set tidb_skip_isolation_level_check=1 to skip this error`,
});

/** The error with which TiDB answers a statement that MySQL would run. */
export function refusalOf(sql: string): SqlError | undefined {
  for (const refusal of refusals) {
    const match = refusal.sql.exec(sql);
    if (match) return refusal.error(match);
  }
  return undefined;
}
