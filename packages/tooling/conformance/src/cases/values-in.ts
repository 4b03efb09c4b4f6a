import { type SqlValue, sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { show } from '../show.ts';

const define = casesOf('values-in');

/** `[name, column type, parameter, what comes back]`: types that both dialects have. */
const columns: readonly (readonly [string, string, SqlValue, unknown])[] = [
  ['int', 'int', 5, 5],
  ['int-zero', 'int', 0, 0],
  ['int-minus-zero', 'int', -0, 0],
  ['int-negative', 'int', -2147483648, -2147483648],
  ['int-from-bigint', 'int', 7n, 7],
  ['int-from-text', 'int', '007', 7],
  ['int-null', 'int', null, null],
  ['bigint-from-number', 'bigint', 9007199254740991, 9007199254740991],
  ['decimal-from-text', 'decimal(30,10)', '12345678901234567890.0123456789', '12345678901234567890.0123456789'],
  ['decimal-from-number', 'decimal(30,20)', 0.30000000000000004, '0.30000000000000004000'],
  ['decimal-from-bigint', 'decimal(30,0)', 123456789012345678901234567890n, '123456789012345678901234567890'],
  ['decimal-from-negative', 'decimal(10,2)', -1.5, '-1.50'],
  ['double-tenth', 'double precision', 0.1, 0.1],
  ['double-sum', 'double precision', 0.30000000000000004, 0.30000000000000004],
  ['double-large', 'double precision', 1e21, 1e21],
  ['double-max', 'double precision', Number.MAX_VALUE, Number.MAX_VALUE],
  ['double-small', 'double precision', 2.2250738585072014e-308, 2.2250738585072014e-308],
  ['double-negative', 'double precision', -1e-7, -1e-7],
  ['double-minus-zero', 'double precision', -0, -0],
  ['double-integer', 'double precision', 5, 5],
  ['text', 'varchar(50)', 'plain', 'plain'],
  ['text-empty', 'varchar(50)', '', ''],
  ['text-quotes', 'varchar(50)', `it's "x" \`y\``, `it's "x" \`y\``],
  ['text-backslash', 'varchar(50)', "a\\b\\'c\\\\", "a\\b\\'c\\\\"],
  ['text-control', 'varchar(50)', 'a\tb\r\nc\x01\x1a\x7f', 'a\tb\r\nc\x01\x1a\x7f'],
  ['text-unicode', 'varchar(50)', 'żółć 日本 🙂 e\u0301', 'żółć 日本 🙂 e\u0301'],
  ['text-mixed', 'varchar(50)', "é\\ 🙂'\n", "é\\ 🙂'\n"],
  ['text-line-separators', 'varchar(50)', 'a\u2028b\u2029c\ufeff', 'a\u2028b\u2029c\ufeff'],
  ['text-spaces', 'varchar(50)', '  x  ', '  x  '],
  ['text-digits', 'varchar(50)', '007', '007'],
  ['text-percent', 'varchar(50)', '%s %d $1 ? :a', '%s %d $1 ? :a'],
  ['text-null-word', 'varchar(50)', 'NULL', 'NULL'],
  ['text-from-integer', 'varchar(50)', 5, '5'],
  ['text-from-bigint', 'varchar(50)', 9223372036854775807n, '9223372036854775807'],
  ['text-null', 'varchar(50)', null, null],
  ['json', 'json', sql.json({ a: [1, 'it\'s \\ "x" 🙂\n', null] }), { a: [1, 'it\'s \\ "x" 🙂\n', null] }],
  ['json-array', 'json', sql.json([1, [2]]), [1, [2]]],
  ['json-string', 'json', sql.json('x'), 'x'],
  ['json-number', 'json', sql.json(1.5), 1.5],
  ['json-null', 'json', sql.json(null), null],
  ['json-from-text', 'json', '{"a": "b"}', { a: 'b' }],
  ['date-from-text', 'date', '2024-02-29', '2024-02-29'],
  ['date-from-date', 'date', new Date('2024-02-29T23:59:59Z'), '2024-02-29'],
  ['time-from-text', 'time', '23:59:59', '23:59:59'],
];

/** Round trips through a column, alike on both dialects. */
export const valuesIn: readonly Case[] = [
  ...columns.map(([name, type, value, expected]) =>
    define(name, `${show(value)} goes into ${type} and comes back as ${show(expected)}`, async ({ db, table }) => {
      const t = sql.identifier(await table(`v ${type}`));
      await db.query(sql`insert into ${t} values (${value})`);
      equal((await db.query(sql`select v from ${t}`)).rows, [{ v: expected }], type);
    }),
  ),
  define('null-is-null', 'null is NULL and not a text', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(9)'));
    await db.query(sql`insert into ${t} values (${null}, ${null})`);
    equal((await db.query(sql`select 1 as n from ${t} where a is null and b is null`)).rows, [{ n: 1 }]);
  }),
  define('empty-text-is-not-null', 'an empty text is not NULL', async ({ db, table }) => {
    const t = sql.identifier(await table('v varchar(9)'));
    await db.query(sql`insert into ${t} values (${''})`);
    equal((await db.query(sql`select 1 as n from ${t} where v = ${''} and v is not null`)).rows, [{ n: 1 }]);
  }),
  define('long-text', 'a text of 1 MiB with every kind of character goes in and comes back', async (context) => {
    const { db, table, dialect } = context;
    const t = sql.identifier(await table(dialect === 'postgres' ? 'v text' : 'v longtext'));
    const text = 'abc\'\\"é🙂\n'.repeat(100_000);
    await db.query(sql`insert into ${t} values (${text})`);
    const row = await db.one<{ v: string }>(sql`select v from ${t}`);
    equal(row.v.length, text.length, 'the length');
    equal(row.v === text, true, 'the text is the same');
  }),
  define('compared', 'a parameter is compared by the type of the column', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(9), c decimal(10,2), d date'));
    await db.query(sql`insert into ${t} values (${10}, ${'10'}, ${'10.50'}, ${'2024-02-29'})`);
    const { rows } = await db.query(
      sql`select 1 as n from ${t} where a = ${10} and a > ${9} and b = ${'10'} and c = ${10.5} and d < ${'2024-03-01'}`,
    );
    equal(rows, [{ n: 1 }]);
  }),
  define('like', 'a pattern is a parameter like any other', async ({ db, table }) => {
    const t = sql.identifier(await table('v varchar(20)'));
    await db.query(sql`insert into ${t} ${sql.values([['100%'], ['100x'], ['a\\b']])}`);
    equal((await db.query(sql`select v from ${t} where v like ${'100\\%'}`)).rows, [{ v: '100%' }]);
    equal((await db.query(sql`select v from ${t} where v like ${'a\\\\b'}`)).rows, [{ v: 'a\\b' }]);
  }),
  define('arithmetic', 'a number adds to a column', async ({ db, table }) => {
    const t = sql.identifier(await table('v int'));
    await db.query(sql`insert into ${t} values (${5})`);
    equal(await db.one(sql`select v + ${2} as a, v - ${-2} as b, v * ${3} as c from ${t}`), { a: 7, b: 7, c: 15 });
  }),
  define('coalesce', 'a parameter stands in for NULL', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(9)'));
    await db.query(sql`insert into ${t} values (${null}, ${null})`);
    equal(await db.one(sql`select coalesce(a, ${5}) as a, coalesce(b, ${'x'}) as b from ${t}`), { a: 5, b: 'x' });
  }),
  define(
    'out-of-range',
    'a number that the column cannot hold is DATA, and nothing is stored',
    async ({ db, table }) => {
      const t = sql.identifier(await table('v smallint'));
      await rejects(db.query(sql`insert into ${t} values (${100_000})`), { code: 'DATA', outcome: 'not-applied' });
      equal((await db.query(sql`select v from ${t}`)).rows, []);
    },
  ),
  define('too-long', 'a text that is too long for the column is DATA, and nothing is stored', async ({ db, table }) => {
    const t = sql.identifier(await table('v varchar(3)'));
    await rejects(db.query(sql`insert into ${t} values (${'abcd'})`), { code: 'DATA', outcome: 'not-applied' });
    equal((await db.query(sql`select v from ${t}`)).rows, []);
  }),
  define('parameters-unchanged', 'the caller’s parameters are not changed', async ({ db, table }) => {
    const t = await table('a int, b varchar(9)');
    const params = Object.freeze({ a: 1, b: 'x' });
    await db.query(`insert into ${t} values (:a, :b)`, params);
    equal(params, { a: 1, b: 'x' });
  }),
];
