import { bareStatements, longestUnpinnedBytes } from '../bare-sql.ts';
import type { PinReason } from '../rds-proxy.ts';
import { readSet } from './set-statement.ts';

/** What a text does to the session that sends it. */
export interface StatementEffects {
  readonly pin: PinReason | undefined;
  /** Tracked assignments in order, to be made again on another backend. */
  readonly tracked: readonly (readonly [name: string, assignment: string])[];
  /** The database that a USE names. */
  readonly database: string | undefined;
  /** Whether it is more than one statement: when it fails, some of them may have had their effects. */
  readonly several: boolean;
  /** The ids that KILL statements name. */
  readonly kills: readonly number[];
}

/** Source: RDS user guide, "Conditions that cause pinning for RDS for MariaDB and RDS for MySQL". */
const rules: readonly (readonly [PinReason, RegExp])[] = [
  ['prepared statement', /^\s*(?:prepare|execute|(?:deallocate|drop)\s+prepare)\b/i],
  ['temporary object', /^\s*create\s+temporary\b/i],
  ['GET_LOCK', /\bget_lock\s*\(/i],
  ['LOCK TABLES', /^\s*(?:lock\s+tables?\b|flush\s+tables\b.*\bwith\s+read\s+lock\b)/is],
  ['user variable', /@\w+\s*:=|\binto\s+@\w/i],
];

export function statementEffects(text: string): StatementEffects {
  let pin: PinReason | undefined = Buffer.byteLength(text) > longestUnpinnedBytes ? 'statement over 16 KB' : undefined;
  const tracked: (readonly [string, string])[] = [];
  const kills: number[] = [];
  let database: string | undefined;
  const statements = bareStatements(text, 'mysql');
  for (const statement of statements) {
    const { bare } = statement;
    const set = readSet(bare, statement.text);
    if (set) {
      tracked.push(...set.tracked);
      // AWS says nothing about SET TRANSACTION. A proxy that lent the backend to others now would set it for them.
      pin ??= set.nextTransaction ? 'SET TRANSACTION' : set.others ? 'SET' : undefined;
      continue;
    }
    pin ??= rules.find(([, pattern]) => pattern.test(bare))?.[0];
    const kill = /^\s*kill\s+(?:(?:query|connection)\s+)?(\d+)/i.exec(bare);
    if (kill) kills.push(Number(kill[1]));
    const use = /^\s*use\s+(\S.*?)\s*$/is.exec(statement.text);
    if (use) database = use[1]!.replace(/^`(.*)`$/s, '$1').replaceAll('``', '`');
  }
  return { pin, tracked, database, several: statements.length > 1, kills };
}
