import { describe, expect, it } from 'vitest';
import { type MysqlNeed, mayWrite, mysqlNeeds, mysqlNeedsMet } from '../src/index.ts';

describe('what a statement needs of its session', () => {
  it.each<[string, readonly MysqlNeed[]]>([
    ['select 1', []],
    ['select a from t where b = ?', []],
    ['insert into t values (?)', ['strict', 'autocommit']],
    ['create table t (a int default 0)', ['strict', 'autocommit']],
    ['call p()', ['strict', 'autocommit']],
    ['savepoint a', []],
    ['SET TRANSACTION READ ONLY', []],
    ['COMMIT', []],
    [String.raw`select 'a\nb'`, ['literals']],
    ['select "a"', ['literals']],
    ["select 'é'", ['utf8-statements']],
  ])('%s: %o', (text, needs) => {
    expect(mysqlNeeds({ text, params: ['a "b" \\ é'] })).toEqual(needs);
  });

  it('UTC for a Date', () => {
    expect(mysqlNeeds({ text: 'select ?', params: [new Date(0)] })).toEqual(['utc']);
  });

  it.each([
    ['select 1', false],
    ['rollback', false],
    ['with a as (select 1) delete from t', true],
    ['truncate t', true],
  ])('%s may write: %s', (text, expected) => {
    expect(mayWrite(text)).toBe(expected);
  });
});

describe('what a session meets', () => {
  const good = ['+00:00', 'JST', 'STRICT_TRANS_TABLES', 1, 'utf8mb4', 'utf8mb4', 'utf8mb4'];
  const all: readonly MysqlNeed[] = ['utc', 'strict', 'autocommit', 'literals', 'utf8-statements', 'utf8-results'];
  const unmet = (row: readonly unknown[]) => all.filter((need) => !mysqlNeedsMet(row).has(need));

  it.each<[number, string | number, readonly MysqlNeed[]]>([
    [0, '+00:00', []],
    [0, 'UTC', []],
    [0, '+09:00', ['utc']],
    [0, 'SYSTEM', ['utc']],
    [2, 'NO_ZERO_DATE,STRICT_ALL_TABLES', []],
    [2, '', ['strict']],
    [2, 'STRICT_TRANS_TABLES,ANSI_QUOTES', ['literals']],
    [2, 'STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES', ['literals']],
    [3, '0', ['autocommit']],
    [3, 'ON', []],
    [4, 'latin1', ['utf8-statements']],
    [5, 'latin1', ['utf8-statements']],
    [6, 'latin1', ['utf8-results']],
  ])('setting %i is %o: unmet is %o', (index, value, needs) => {
    expect(unmet(good.with(index, value))).toEqual(needs);
  });

  it('is nothing where it does not answer', () => {
    expect(unmet([])).toEqual(['utc', 'strict', 'autocommit', 'utf8-statements', 'utf8-results']);
  });
});
