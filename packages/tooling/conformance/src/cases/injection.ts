import { sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { hostileTexts } from '../hostile-texts.ts';
import { columnOf, countOf } from './dialect-sql.ts';

const define = casesOf('injection');
const mysql = casesOf('injection', 'mysql');
const postgres = casesOf('injection', 'postgres');

/** Values that try to become SQL. */
export const injection: readonly Case[] = [
  ...hostileTexts.map(([name, text]) =>
    define(
      `value-${name}`,
      `${JSON.stringify(text)} is a value, whichever way it goes in`,
      async ({ db, dialect, table }) => {
        const t = await table('id int, v varchar(100)');
        const id = sql.identifier(t);
        const marks = dialect === 'postgres' ? '$1, $2' : '?, ?';
        await db.query(`insert into ${t} values (${marks})`, [1, text]);
        await db.query(`insert into ${t} values (:id, :v)`, { id: 2, v: text });
        await db.query(
          sql`insert into ${id} ${sql.values([
            [3, text],
            [4, `x${text}`],
          ])}`,
        );
        await db.executeMany(`insert into ${t} values (:id, :v)`, [
          { id: 5, v: text },
          { id: 6, v: `${text}x` },
        ]);
        equal(await columnOf(db, t, 'id'), [1, 2, 3, 4, 5, 6], 'the rows');
        const { rows } = await db.query(sql`select id, v from ${id} where ${sql.in('v', [text, 'other'])} order by id`);
        equal(
          rows,
          [1, 2, 3, 5].map((number) => ({ id: number, v: text })),
          'the rows found',
        );
      },
      ['transactions'],
    ),
  ),
  define('true-for-all', 'a condition cannot be widened by a value', async ({ db, table }) => {
    const t = sql.identifier(await table('v varchar(50)'));
    await db.query(sql`insert into ${t} ${sql.values([['a'], ['b']])}`);
    for (const text of ["' or '1'='1", "a' or v <> '", "\\' or 1=1 -- ", "a'/**/or/**/1=1#"]) {
      equal((await db.query(sql`delete from ${t} where v = ${text}`)).rowsAffected, 0, JSON.stringify(text));
    }
  }),
  define('identifier', 'a hostile name is a name', async ({ db, table }) => {
    const t = await table('a int');
    await db.query(`insert into ${t} values (1)`);
    for (const name of ['a"; drop table x; --', 'a`; drop table x; -- .', "a' or 1=1", 'a.b', 'a"."b', 'a`.`b', '*']) {
      const identifier = sql.identifier(name);
      equal(await db.one(sql`select a as ${identifier} from ${sql.identifier(t)}`), { [name]: 1 }, 'as an alias');
      await rejects(db.query(sql`select ${identifier} from ${sql.identifier(t)} where 1 = 2`), { code: 'SYNTAX' });
    }
    equal(await countOf(db, t), 1);
  }),
  define('hostile-identifiers', 'every hostile text is a name as well', async ({ db }) => {
    for (const [, text] of hostileTexts) {
      // MySQL has names of the basic plane only, and none that end with a space.
      const name = `a${text.replace(/[\u{10000}-\u{10ffff}]/gu, '')}z`;
      const { rows } = await db.query(sql`select 1 as ${sql.identifier(name)}`);
      equal(rows, [{ [name]: 1 }], JSON.stringify(name));
    }
  }),
  define('in-name', 'a text as the column of sql.in is a name, not SQL', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await rejects(db.query(sql`select a from ${t} where ${sql.in('1 = 1 or a', [1])}`), { code: 'SYNTAX' });
  }),
  define('names-not-expanded', 'a value that looks like another :name stays a value', async ({ db, table }) => {
    const t = await table('a varchar(20), b varchar(20)');
    await db.query(`insert into ${t} values (:a, :b)`, { a: ':b', b: ':a' });
    equal((await db.query(`select * from ${t}`)).rows, [{ a: ':b', b: ':a' }]);
  }),
  define(
    'numbers-in-order',
    'a value that looks like another placeholder stays a value',
    async ({ db, dialect, table }) => {
      const t = await table('a varchar(20), b varchar(20)');
      const marks = dialect === 'postgres' ? '$1, $2' : '?, ?';
      await db.query(`insert into ${t} values (${marks})`, ['$2 ?', "', 'x"]);
      equal((await db.query(`select * from ${t}`)).rows, [{ a: '$2 ?', b: "', 'x" }]);
    },
  ),
  define('json', 'a hostile text inside JSON is a text', async ({ db, table }) => {
    const t = sql.identifier(await table('v json'));
    const value = { "k'": "'; drop table x; -- \\' \" \\\\ $1 ? :a", n: ['\\'] };
    await db.query(sql`insert into ${t} values (${sql.json(value)})`);
    equal((await db.query(sql`select v from ${t}`)).rows, [{ v: value }]);
  }),
  define('hostile-json', 'every hostile text is a key and a text inside JSON', async ({ db, table }) => {
    const t = sql.identifier(await table('v json'));
    const value = Object.fromEntries(hostileTexts.map(([, text]) => [text, [text, { [text]: text }]]));
    await db.query(sql`insert into ${t} values (${sql.json(value)})`);
    equal((await db.query(sql`select v from ${t}`)).rows, [{ v: value }]);
  }),
  postgres('array-elements', 'every hostile text is an element of an array', async ({ db, table }) => {
    const t = sql.identifier(await table('v text[]'));
    const texts = [...hostileTexts.map(([, text]) => text), 'NULL', '{', '}', ',', '', ' '];
    const values = [texts, texts.map((text) => [text, 'x'])];
    for (const value of values) {
      await db.query(sql`insert into ${t} values (${value})`);
      // As JSON, since the Data API returns no array of several dimensions.
      equal((await db.query(sql`delete from ${t} returning to_json(v) as v`)).rows, [{ v: value }]);
    }
  }),
  define('numbers', 'a negative number beside a minus makes no comment', async ({ db, table }) => {
    const t = sql.identifier(await table('v int'));
    await db.query(sql`insert into ${t} values (${1})`);
    for (const value of [-1, -2n]) {
      equal(await db.one(sql`select v -${value} as a, v-${value}-${value} as b from ${t}`), {
        a: 1 - Number(value),
        b: 1 - 2 * Number(value),
      });
    }
  }),
  define('to-json', 'an object with a toString or toSQL of its own is refused, not called', async ({ db }) => {
    const calls: string[] = [];
    const sly = {
      toString: () => calls.push('toString'),
      toSqlString: () => calls.push('toSqlString'),
      toPostgres: () => calls.push('toPostgres'),
    };
    await rejects(db.query(sql`select ${sly as never} as v`), { code: 'DATA', outcome: 'not-applied' });
    equal(calls, [], 'what was called');
  }),
  define('nested-object', 'an object does not become a list of assignments', async ({ db, dialect, table }) => {
    const t = await table('a int, b int');
    await db.query(`insert into ${t} values (1, 1)`);
    const mark = dialect === 'postgres' ? '$1' : '?';
    const value = { a: 1 } as never;
    await rejects(db.query(`update ${t} set b = 2 where a = ${mark}`, [value]), {
      code: 'DATA',
      outcome: 'not-applied',
    });
    equal(await columnOf(db, t, 'b'), [1]);
  }),
  mysql('nul', 'a NUL and a backslash beside it are characters', async ({ db, table }) => {
    const t = sql.identifier(await table('v varchar(20)'));
    await db.query(sql`insert into ${t} values (${"\0'\\\0"})`);
    equal((await db.query(sql`select v from ${t}`)).rows, [{ v: "\0'\\\0" }]);
  }),
];
