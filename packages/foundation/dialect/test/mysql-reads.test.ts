import { expect, it } from 'vitest';
import { onlyReads } from '../src/mysql-reads.ts';

it.each([
  'select 1',
  '/* insert */ (SELECT a FROM t FOR UPDATE)',
  "select 'insert into t', `update`, t.delete from t -- delete",
  "select replace(a, 'x', 'y'), insert(a, 1, 1, 'z') from t",
  'with c as (select 1) select * from c',
  'table t',
  'values row(1)',
  'show tables',
  'explain select 1',
  `select ${'a, '.repeat(5_000)} b from t`,
])('%.60s only reads', (text) => {
  expect(onlyReads(text)).toBe(true);
});

it.each([
  '',
  'insert into t values (1)',
  'UPDATE t set a = 1',
  'delete from t',
  'replace t values (1)',
  '/*! insert */ into t values (1)',
  'with c as (select 1) delete from t',
  'with c as (select 1) update t set a = 1',
  "select a from t into outfile 'x'",
  'select nextval(s)',
  'select next value for s',
  'explain analyze delete from t',
  'create table t (a int)',
  'with c as (select 1) /*T! delete from t */',
  'select 1 /*T![x] into @a */',
  'call p()',
  'set a = 1',
])('%.60s may change something', (text) => {
  expect(onlyReads(text)).toBe(false);
});
