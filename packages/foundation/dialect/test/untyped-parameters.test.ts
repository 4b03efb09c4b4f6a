import { describe, expect, test } from 'vitest';
import { untypedParameters } from '../src/index.ts';

const untyped = (text: string) => [...untypedParameters(text, 'postgres')].map((index) => index + 1);

describe('a type changes nothing', () => {
  test.each([
    'insert into t values ($1, $2)',
    'insert into s."t" as x (a, b) overriding user value values ($1, $2), (1, $3), ($4, f(1)) returning a',
    'with x as (insert into t values ($1) returning *) select * from x',
    'insert into t values ($1) on conflict (a) do update set b = $2, "c" = $3 where true',
    'insert into t (a, b) with v as (select 1) select $1, b, $2 from v on conflict do nothing',
    'insert into t select $1',
    'update only t as x set a = $1, b[1] = $2, j = $3 from u where true',
    'update t set a = $1',
    'update t set a = $1;',
    'merge into t using u on true when matched then update set a = $1 when not matched then insert (a) values ($2)',
    'select $1::text, cast( $2 as jsonb), $3 ::uuid, $4::timestamp with time zone',
    'select * from t where c = $1::char(20) and f($1::text)',
  ])('%s', (text) => {
    expect(untyped(text)).toEqual([]);
  });
});

describe('a type may choose another operator or function', () => {
  test.each([
    ['select $1, length($2) from t where c = $3', [1, 2, 3]],
    ['select * from t where id in ($1, $2)', [1, 2]],
    ['insert into t values (f($1), $2 || $3, (select $4), a[$5, 1], ($6, 1) = b)', [1, 2, 3, 4, 5, 6]],
    ['insert into t select $1, 1, $2 from (values ($3)) v where $4 = $5 order by a, $6', [3, 4, 5, 6]],
    ['insert into t select distinct $1', [1]],
    ['insert into t select $1 union select c from u', [1]],
    ['insert into t values ($1) union select c from u', [1]],
    ['insert into t select 1 union values ($1)', [1]],
    ['insert into t values (1) returning ($1)', [1]],
    ['insert into t values (1) on conflict (a) where ($1, 1) is null do nothing', [1]],
    ['select insert from t union values ($1)', [1]],
    ['select * from (values ($1)) v', [1]],
    ['update t set a = b = $1, c = $2 and d, e = ($3), f = g < $4 where h = $5', [1, 2, 3, 4, 5]],
    ['update t set a = $1 || $2, b = case when c = $3 then 1 end returning c = $4', [1, 2, 3, 4]],
    ['update t set a = 1 from (select x, y = $1 from u) v where c = $2', [1, 2]],
    ['select set, a = $1 from t for update', [1]],
    ['delete from t where c = $1', [1]],
    ['insert into t values ($1, f($1))', [1]],
    ['select $1::text where c = $1', [1]],
    ['select $1 as text', [1]],
  ])('%s', (text, expected) => {
    expect(untyped(text)).toEqual(expected);
  });
});
