import { describe, expect, test } from 'vitest';
import { type Dialect, foldInsert, foldStatements, interpolate, type SqlValue } from '../src/index.ts';

const LIMITS = { maxParameters: 1_000, maxStatementBytes: 1_000_000 };

describe('what can be folded', () => {
  const YES: readonly [dialect: Dialect, text: string, head: string, row: string, tail: string][] = [
    ['mysql', 'insert into t values (?, ?)', 'insert into t values ', '(?, ?)', ''],
    ['mysql', 'INSERT t(a,b)VALUES(?,now(3)) ;', 'INSERT t(a,b)VALUES', '(?,now(3))', ''],
    ['mysql', 'replace into t (a) values (?)', 'replace into t (a) values ', '(?)', ''],
    [
      'mysql',
      'insert into t values (?) on duplicate key update a = values(a)',
      'insert into t values ',
      '(?)',
      ' on duplicate key update a = values(a)',
    ],
    [
      'mysql',
      'insert into t values (?) as n on duplicate key update a = n.a',
      'insert into t values ',
      '(?)',
      ' as n on duplicate key update a = n.a',
    ],
    ['mysql', "insert into t values (')', ?, default) -- done", 'insert into t values ', "(')', ?, default)", ''],
    ['postgres', 'insert into "values" values ($2, $1::int)', 'insert into "values" values ', '($2, $1::int)', ''],
    [
      'postgres',
      '/* a */ insert into t /* b */ values (array[$1], (1 + 2)) on conflict do nothing;',
      '/* a */ insert into t /* b */ values ',
      '(array[$1], (1 + 2))',
      ' on conflict do nothing',
    ],
    [
      'postgres',
      'insert into t values ($1) on conflict (a) where b do nothing',
      'insert into t values ',
      '($1)',
      ' on conflict (a) where b do nothing',
    ],
  ];
  test.each(YES)('%s: %s', (dialect, text, head, row, tail) => {
    expect(foldInsert(text, dialect)).toMatchObject({ head, row, tail });
  });

  const NO: readonly [dialect: Dialect, text: string][] = [
    ['mysql', 'insert ignore into t values (?)'],
    ['mysql', 'insert into t values (?), (?)'],
    ['mysql', 'insert into t values (1)'],
    ['mysql', 'insert into t set a = ?'],
    ['mysql', 'insert into t select ?'],
    ['mysql', 'insert into t values (?) on duplicate key update a = ?'],
    ['mysql', 'insert into t values (?) on duplicate key update a = (select max(b) from u)'],
    ['mysql', 'insert into t values (?, (select max(a) from u))'],
    ['mysql', 'insert into t values (?, last_insert_id())'],
    ['mysql', 'insert /*!80000 into */ t values (?)'],
    ['mysql', 'insert into t values (?) returning a'],
    ['mysql', 'insert into t values (:a)'],
    ['mysql', 'insert into t values (?'],
    ['mysql', 'update t set a = ?'],
    ['mysql', 'call p(?)'],
    ['mysql', 'insert into t values (?); select 1'],
    ['postgres', 'replace into t values ($1)'],
    ['postgres', 'insert into t values ($1) returning a'],
    ['postgres', 'insert into t values ($1) on conflict (a) do update set a = excluded.a'],
    ['postgres', 'insert into t values ($1) on conflict (f($2)) do nothing'],
    ['postgres', 'insert into t values ($1, lastval())'],
    ['postgres', 'with a as (select 1) insert into t values ($1)'],
    ['postgres', 'insert into t default values'],
    ['postgres', 'values ($1)'],
  ];
  test.each(NO)('not on %s: %s', (dialect, text) => {
    expect(foldInsert(text, dialect)).toBeUndefined();
  });
});

describe('folded statements', () => {
  const numbers = (count: number): SqlValue[][] => Array.from({ length: count }, (_, n) => [n, `${n}`]);

  test('hold the rows in order, numbered through on PostgreSQL', () => {
    const fold = foldInsert('insert into t values ($2, $1, $2) on conflict do nothing', 'postgres')!;
    expect(
      foldStatements(
        fold,
        [
          [1, 2],
          [3, 4],
        ],
        'postgres',
        LIMITS,
      ),
    ).toEqual([
      {
        text: 'insert into t values ($2, $1, $2), ($4, $3, $4) on conflict do nothing',
        params: [1, 2, 3, 4],
      },
    ]);
  });

  test('repeat the row on MySQL', () => {
    const fold = foldInsert("insert into t values (?, '?', ?) on duplicate key update a = 1", 'mysql')!;
    expect(
      foldStatements(
        fold,
        [
          [1, 2],
          [3, 4],
        ],
        'mysql',
        LIMITS,
      ),
    ).toEqual([
      { text: "insert into t values (?, '?', ?), (?, '?', ?) on duplicate key update a = 1", params: [1, 2, 3, 4] },
    ]);
  });

  test('hold no more parameters than allowed, and share their text', () => {
    const fold = foldInsert('insert into t values ($1, $2)', 'postgres')!;
    const statements = foldStatements(fold, numbers(11), 'postgres', { ...LIMITS, maxParameters: 7 });
    expect(statements.map(({ params }) => params.length)).toEqual([6, 6, 6, 4]);
    expect(new Set(statements.map(({ text }) => text)).size).toBe(2);
    expect(statements.flatMap(({ params }) => params)).toEqual(numbers(11).flat());
  });

  test.each<[string, SqlValue]>([
    ['backslashes', '\\'.repeat(50)],
    ['quotes', "'".repeat(50)],
    ['Chinese', '中'.repeat(50)],
    ['emoji', '😀'.repeat(50)],
    ['one letter', 'a'],
    ['a bigint', 10n ** 50n],
    ['bytes', new Uint8Array(50)],
    ['a number', -1.7976931348623157e308],
    ['a Date', new Date()],
    ['null', null],
  ])('are no longer than allowed: %s', (_, value) => {
    for (const dialect of ['mysql', 'postgres'] as const) {
      const fold = foldInsert(`insert into t values (${dialect === 'mysql' ? '?' : '$1'})`, dialect)!;
      const sets = Array.from({ length: 200 }, () => [value]);
      const statements = foldStatements(fold, sets, dialect, { ...LIMITS, maxStatementBytes: 2_000 });
      expect(statements.length).toBeLessThanOrEqual(100);
      expect(statements.flatMap(({ params }) => params)).toEqual(sets.flat());
      for (const statement of statements) {
        for (const asciiOnly of [true, false]) {
          const bytes = new TextEncoder().encode(interpolate(statement, dialect, { asciiOnly })).length;
          expect(bytes).toBeLessThanOrEqual(2_000);
        }
      }
    }
  });

  test('a row that is too long is a statement of its own', () => {
    const fold = foldInsert('insert into t values (?)', 'mysql')!;
    const sets = [['a'], ['b'.repeat(500)], ['c'], ['d']];
    const statements = foldStatements(fold, sets, 'mysql', { ...LIMITS, maxStatementBytes: 300 });
    expect(statements.map(({ params }) => params.map((value) => String(value)[0]))).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  test('no rows make no statement', () => {
    const fold = foldInsert('insert into t values (?)', 'mysql')!;
    expect(foldStatements(fold, [], 'mysql', LIMITS)).toEqual([]);
  });
});
