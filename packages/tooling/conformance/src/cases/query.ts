import { type StandardSchema, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { columnOf } from './dialect-sql.ts';

const define = casesOf('query');

/** A Standard Schema for `{ n: number }` that doubles n, and has an issue with anything else. */
const doubling: StandardSchema<{ n: number }> = {
  '~standard': {
    version: 1,
    vendor: 'sqlport-conformance',
    validate(row) {
      const { n } = row as { n: unknown };
      return typeof n === 'number' ? { value: { n: n * 2 } } : { issues: [{ path: ['n'] }] };
    },
  },
};

/** What a statement answers, on both dialects. */
export const query: readonly Case[] = [
  define('rows-as-objects', 'rows are objects with a property for each column', async ({ db }) => {
    const { rows } = await db.query("select 1 as a, 'x' as b, null as c union all select 2, 'y', null");
    equal(rows, [
      { a: 1, b: 'x', c: null },
      { a: 2, b: 'y', c: null },
    ]);
  }),
  define('plain-rows', 'a row is an ordinary object', async ({ db }) => {
    const row = await db.first(sql`select 1 as a`);
    equal(Object.getPrototypeOf(row), Object.prototype, 'the prototype');
  }),
  define('select-affects-nothing', 'rowsAffected of a SELECT is 0, and there is no insertId', async ({ db }) => {
    const { rowsAffected, insertId } = await db.query('select 1 as a union all select 2');
    equal({ rowsAffected, insertId }, { rowsAffected: 0, insertId: undefined });
  }),
  define('columns-in-order', 'columns come in the order of the SELECT list', async ({ db }) => {
    const { columns } = await db.query('select 1 as z, 2 as a, 3 as m');
    equal(
      columns.map(({ name }) => name),
      ['z', 'a', 'm'],
    );
  }),
  define('columns-of-empty-result', 'an empty result has its columns', async ({ db }) => {
    const { rows, columns } = await db.query('select 1 as a, 2 as b where 1 = 0');
    equal(rows, [], 'rows');
    equal(
      columns.map(({ name }) => name),
      ['a', 'b'],
    );
  }),
  define('no-columns-of-insert', 'a statement without a result has no columns and no rows', async ({ db, table }) => {
    const { columns, rows } = await db.query(`insert into ${await table('a int')} values (1)`);
    equal({ columns, rows }, { columns: [], rows: [] });
  }),
  define('duplicate-names-last-wins', 'in object rows the last of several columns of a name wins', async ({ db }) => {
    const { rows, columns } = await db.query('select 1 as a, 2 as b, 3 as a');
    equal(rows, [{ a: 3, b: 2 }]);
    equal(columns.length, 3, 'the number of columns');
  }),
  define('duplicate-names-survive', 'columns whose names repeat survive in values() and columns', async ({ db }) => {
    const { rows, columns } = await db.values(sql`select 1 as a, 2 as b, 3 as a`);
    equal(rows, [[1, 2, 3]]);
    equal(
      columns.map(({ name }) => name),
      ['a', 'b', 'a'],
    );
  }),
  define('values-are-arrays', 'values() answers rows as arrays', async ({ db }) => {
    const { rows } = await db.values(sql`select 1 as a, null as b union all select 2, null`);
    equal(rows, [
      [1, null],
      [2, null],
    ]);
  }),
  define('first-row', 'first() answers the first row', async ({ db }) => {
    equal(await db.first(sql`select 1 as a union all select 2 order by a`), { a: 1 });
  }),
  define('first-of-none', 'first() answers undefined where there is no row', async ({ db }) => {
    equal(await db.first(sql`select 1 as a where 1 = 0`), undefined);
  }),
  define('one-row', 'one() answers the only row', async ({ db }) => {
    equal(await db.one(sql`select 7 as a`), { a: 7 });
  }),
  define('one-of-none', 'one() rejects with DATA, applied, where there is no row', async ({ db }) => {
    await rejects(db.one(sql`select 1 as a where 1 = 0`), { code: 'DATA', outcome: 'applied' });
  }),
  define('one-of-two', 'one() rejects with DATA, applied, where there are two rows', async ({ db }) => {
    await rejects(db.one(sql`select 1 as a union all select 2`), { code: 'DATA', outcome: 'applied' });
  }),
  define('rows-inserted', 'rowsAffected of an INSERT is the number of its rows', async ({ db, table }) => {
    const { rowsAffected } = await db.query(`insert into ${await table('a int')} values (1), (2), (3)`);
    equal(rowsAffected, 3);
  }),
  define('rows-matched', 'rowsAffected of an UPDATE counts rows matched, changed or not', async ({ db, table }) => {
    const t = await table('a int, b int');
    await db.query(`insert into ${t} values (1, 0), (2, 0), (3, 5)`);
    equal((await db.query(`update ${t} set b = 5`)).rowsAffected, 3, 'of the first UPDATE');
    equal((await db.query(`update ${t} set b = 5 where a < 3`)).rowsAffected, 2, 'of one that changes nothing');
  }),
  define('no-rows-matched', 'rowsAffected is 0 where nothing matches', async ({ db, table }) => {
    const t = await table('a int');
    equal((await db.query(`update ${t} set a = 1`)).rowsAffected, 0, 'of an UPDATE');
    equal((await db.query(`delete from ${t}`)).rowsAffected, 0, 'of a DELETE');
  }),
  define('rows-deleted', 'rowsAffected of a DELETE is the number of rows', async ({ db, table }) => {
    const t = await table('a int');
    await db.query(`insert into ${t} values (1), (2), (3)`);
    equal((await db.query(`delete from ${t} where a > 1`)).rowsAffected, 2);
    equal(await columnOf(db, t, 'a'), [1], 'what is left');
  }),
  define('insert-select', 'rowsAffected of INSERT … SELECT is the number of rows', async ({ db, table }) => {
    const t = await table('a int');
    equal((await db.query(`insert into ${t} select 1 union all select 2`)).rowsAffected, 2);
  }),
  define('ddl-affects-nothing', 'rowsAffected of CREATE TABLE is 0', async ({ db, name, afterwards }) => {
    const t = name();
    afterwards(`drop table ${t}`);
    const { rowsAffected, rows, columns } = await db.query(`create table ${t} (a int)`);
    equal({ rowsAffected, rows, columns }, { rowsAffected: 0, rows: [], columns: [] });
  }),
  define('trailing-semicolon', 'a semicolon at the end is no second statement', async ({ db }) => {
    equal((await db.query('select 1 as a ; ')).rows, [{ a: 1 }]);
    equal((await db.query('select 2 as a; -- done')).rows, [{ a: 2 }]);
  }),
  define('leading-comment', 'comments may stand before a statement', async ({ db }) => {
    equal((await db.query('/* one; two */ -- three\nselect 1 as a')).rows, [{ a: 1 }]);
  }),
  define('parenthesised', 'a SELECT may stand in parentheses', async ({ db }) => {
    equal((await db.query('(select 1 as a) union all (select 2)')).rows, [{ a: 1 }, { a: 2 }]);
  }),
  define('common-table-expression', 'WITH is answered like SELECT', async ({ db }) => {
    const { rows } = await db.query(
      'with recursive r(n) as (select 1 union all select n + 1 from r where n < 4) select n from r order by n',
    );
    equal(
      rows.map(({ n }) => n),
      [1, 2, 3, 4],
    );
  }),
  define('many-columns', 'a row of 500 columns arrives whole', async ({ db }) => {
    const list = Array.from({ length: 500 }, (_, index) => `${index} as c${index}`);
    const { rows } = await db.values(sql.text(`select ${list.join(', ')}`));
    equal(
      rows[0],
      list.map((_, index) => index),
    );
  }),
  define('unicode-names', 'column names may hold any character', async ({ db }) => {
    const name = 'größe ☕ "`.';
    const { columns, rows } = await db.query(sql`select 1 as ${sql.identifier(name)}`);
    equal(columns[0]?.name, name, 'the name');
    equal(rows, [{ [name]: 1 }]);
  }),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'].map((name) =>
    define(`column-${name}`, `a column named ${name} is an own property like any other`, async ({ db }) => {
      const { rows, columns } = await db.query(sql`select 7 as ${sql.identifier(name)}, 1 as a`);
      const row = rows[0] as object;
      equal(Object.keys(row), [name, 'a'], 'the properties');
      equal(Object.getOwnPropertyDescriptor(row, name)?.value, 7);
      equal(Object.getPrototypeOf(row), Object.prototype, 'the prototype');
      equal(columns[0]?.name, name, 'the name of the column');
    }),
  ),
  define('long-statement', 'a statement of 1 MiB runs', async ({ db }) => {
    const { rows } = await db.query(`select 1 as a /* ${'x'.repeat(1024 * 1024)} */`);
    equal(rows, [{ a: 1 }]);
  }),
  define(
    'same-text-again',
    'the same text answers anew each time, whatever its parameters are',
    async ({ db, table }) => {
      const t = sql.identifier(await table('a int, b varchar(10)'));
      for (const [a, b] of [
        [1, 'x'],
        [2, null],
        [null, '007'],
      ] as const) {
        await db.query(sql`insert into ${t} values (${a}, ${b})`);
      }
      const { rows } = await db.query<{ a: unknown; b: unknown }>(sql`select a, b from ${t}`);
      equal(new Set(rows.map(({ a, b }) => `${a} ${b}`)), new Set(['1 x', '2 null', 'null 007']));
      equal(rows.length, 3, 'the number of rows');
    },
  ),
  define('changed-table', 'a SELECT * is right again after the table was altered', async ({ db, table }) => {
    const t = await table('a int');
    await db.query(`insert into ${t} values (1)`);
    for (let run = 0; run < 3; run++) equal((await db.query(`select * from ${t}`)).rows, [{ a: 1 }]);
    await db.query(`alter table ${t} add column b int`);
    for (let run = 0; run < 3; run++) equal((await db.query(`select * from ${t}`)).rows, [{ a: 1, b: null }]);
  }),
  define('typed-rows', 'sql.typed answers rows as the schema made them', async ({ db }) => {
    equal((await db.query(sql.typed(doubling)`select 21 as n`)).rows, [{ n: 42 }]);
  }),
  define(
    'typed-rows-refused',
    'a row that the schema refuses is DATA, applied, and names the field',
    async ({ db }) => {
      const error = await rejects(db.query(sql.typed(doubling)`select 'secret' as n`), {
        code: 'DATA',
        outcome: 'applied',
        message: /\bn\b/,
      });
      assert(!error.message.includes('secret'), 'the message must not hold the value');
    },
  ),
];
