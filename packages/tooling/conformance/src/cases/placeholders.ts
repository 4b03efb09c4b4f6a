import { type Dialect, sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';

const define = casesOf('placeholders');

/** `$1`, `$2` or `?`, `?` as the dialect writes them. */
const mark = (dialect: Dialect, number: number): string => (dialect === 'postgres' ? `$${number}` : '?');

/** Placeholders that work alike on both dialects. */
export const placeholders: readonly Case[] = [
  define('positional', 'the dialect’s own placeholders take an array', async ({ db, dialect, table }) => {
    const t = await table('a int, b varchar(10)');
    await db.query(`insert into ${t} values (${mark(dialect, 1)}, ${mark(dialect, 2)})`, [5, 'x']);
    equal((await db.query(`select * from ${t} where a = ${mark(dialect, 1)}`, [5])).rows, [{ a: 5, b: 'x' }]);
  }),
  define('named', ':name takes an object', async ({ db, table }) => {
    const t = await table('a int, b varchar(10)');
    await db.query(`insert into ${t} values (:a, :b)`, { a: 5, b: 'x' });
    equal((await db.query(`select * from ${t} where b = :b and a = :a`, { a: 5, b: 'x' })).rows, [{ a: 5, b: 'x' }]);
  }),
  define('named-twice', 'one :name may be used several times', async ({ db, table }) => {
    const t = await table('a int, b int');
    await db.query(`insert into ${t} values (:n, :n)`, { n: 5 });
    equal((await db.query(`select a from ${t} where a = :n and b = :n`, { n: 5 })).rows, [{ a: 5 }]);
  }),
  define(
    'named-by-interface',
    'an object with a prototype of its own gives its own properties',
    async ({ db, table }) => {
      class Person {
        name = 'Ann';
      }
      const t = await table('name varchar(10)');
      await db.query(`insert into ${t} values (:name)`, new Person());
      equal((await db.query(`select name from ${t}`)).rows, [{ name: 'Ann' }]);
    },
  ),
  define('named-case', ':name tells upper case from lower', async ({ db, table }) => {
    const t = await table('a int, b int');
    await db.query(`insert into ${t} values (:x, :X)`, { x: 1, X: 2 });
    equal((await db.query(`select a, b from ${t}`)).rows, [{ a: 1, b: 2 }]);
  }),
  define('tag', 'values in the sql tag are parameters', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(10)'));
    await db.query(sql`insert into ${t} values (${5}, ${"it's"})`);
    equal(await db.one(sql`select * from ${t} where a = ${5}`), { a: 5, b: "it's" });
  }),
  define('tag-fragments', 'fragments of the sql tag nest, with their values in order', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b int'));
    await db.query(
      sql`insert into ${t} ${sql.values([
        [1, 10],
        [2, 20],
        [3, 30],
      ])}`,
    );
    const low = sql`a > ${1}`;
    const where = sql`where ${low} and ${sql`b < ${30}`}`;
    equal((await db.query(sql`select a from ${t} ${where} ${sql.empty} order by a`)).rows, [{ a: 2 }]);
  }),
  define('in', 'sql.in finds the rows with one of the values', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} ${sql.values([[1], [2], [3]])}`);
    equal((await db.query(sql`select a from ${t} where ${sql.in('a', [3, 1])} order by a`)).rows, [{ a: 1 }, { a: 3 }]);
  }),
  define('in-nothing', 'sql.in of no values is false, sql.notIn true', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} ${sql.values([[1], [2]])}`);
    equal((await db.query(sql`select a from ${t} where ${sql.in('a', [])}`)).rows, [], 'in');
    equal((await db.query(sql`select a from ${t} where ${sql.notIn('a', [])}`)).rows.length, 2, 'not in');
  }),
  define('not-in', 'sql.notIn finds the rows with none of the values', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} ${sql.values([[1], [2], [3]])}`);
    equal((await db.query(sql`select a from ${t} where ${sql.notIn(sql`a + ${0}`, [1, 2])}`)).rows, [{ a: 3 }]);
  }),
  define('list', 'sql.list puts commas between values', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(5), c int'));
    await db.query(sql`insert into ${t} values (${sql.list([1, 'x', null])})`);
    equal(await db.one(sql`select * from ${t}`), { a: 1, b: 'x', c: null });
  }),
  define('values', 'sql.values makes a multi-row INSERT', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(5)'));
    const { rowsAffected } = await db.query(
      sql`insert into ${t} (a, b) ${sql.values([
        [1, 'x'],
        [2, null],
      ])}`,
    );
    equal(rowsAffected, 2);
  }),
  define('join', 'sql.join puts a separator between fragments', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} ${sql.values([[1], [2], [3]])}`);
    const either = sql.join([sql`a = ${1}`, sql`a = ${3}`], sql` or `);
    equal((await db.query(sql`select a from ${t} where ${either} order by a`)).rows, [{ a: 1 }, { a: 3 }]);
  }),
  define('raw', 'sql.raw is text as it stands', async ({ db }) => {
    equal(await db.one(sql`select ${sql.raw('1 + 1')} as a`), { a: 2 });
  }),
  define('text', 'sql.text makes a statement of a text and its parameters', async ({ db, table }) => {
    const t = await table('a int');
    await db.query(sql.text(`insert into ${t} values (:a)`, { a: 5 }));
    equal(await db.one(sql.text(`select a from ${t} where a = :a`, { a: 5 })), { a: 5 });
  }),
  define('group-by', 'an expression with a value is the same in SELECT and GROUP BY', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} ${sql.values([[1], [2], [11]])}`);
    const { rows } = await db.query(
      sql`select mod(a, ${10}) as m, count(*) as n from ${t} group by mod(a, ${10}) order by m`,
    );
    equal(rows, [
      { m: 1, n: 2 },
      { m: 2, n: 1 },
    ]);
  }),
  define('many', 'a statement takes 2,000 parameters', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    const values = Array.from({ length: 2_000 }, (_, index) => index);
    await db.query(sql`insert into ${t} ${sql.values(values.map((value) => [value]))}`);
    equal(await db.one(sql`select count(*) as n, max(a) as m from ${t}`), { n: 2_000, m: 1_999 });
  }),
  define('in-strings', 'what looks like a placeholder in a string is text', async ({ db, dialect }) => {
    const { rows } = await db.query(`select '? $1 :a ''? $2 :b' as s, 1 as n where 5 > ${mark(dialect, 1)}`, [4]);
    equal(rows, [{ s: "? $1 :a '? $2 :b", n: 1 }]);
  }),
  define('in-names', 'what looks like a placeholder in a quoted name is a part of it', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} values (${1})`);
    const name = sql.identifier('? $1 :a');
    equal(await db.one(sql`select a as ${name} from ${t} where a = ${1}`), { '? $1 :a': 1 });
  }),
  define('in-comments', 'what looks like a placeholder in a comment is a comment', async ({ db, dialect }) => {
    const text = `select 1 as a /* ? $2 :b ' */ -- ? $3 :c '\n where 5 > ${mark(dialect, 1)}`;
    equal((await db.query(text, [4])).rows, [{ a: 1 }]);
  }),
  define('named-in-strings', ':name in a string is text while another is a parameter', async ({ db }) => {
    equal((await db.query("select ':b' as s where 5 > :a", { a: 4 })).rows, [{ s: ':b' }]);
  }),
  define('tag-in-quotes', 'a value that stands inside quotes is DATA, not a guess', async ({ db }) => {
    await rejects(db.query(sql`select '${'x'}' as a`), { code: 'DATA', outcome: 'not-applied' });
  }),
  define('tag-in-comment', 'a value that stands inside a comment is DATA', async ({ db }) => {
    await rejects(db.query(sql`select 1 /* ${'x'} */`), { code: 'DATA', outcome: 'not-applied' });
  }),
  define('tag-beside-own', 'the sql tag beside placeholders of the text’s own is DATA', async ({ db, dialect }) => {
    const own = sql.raw(mark(dialect, 1));
    await rejects(db.query(sql`select ${own}, ${1}`), { code: 'DATA', outcome: 'not-applied' });
  }),
];
