import { type SqlValue, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { recording } from '../recording.ts';
import { columnOf, countOf, procedureOf } from './dialect-sql.ts';

const define = casesOf('batch');
const mysql = casesOf('batch', 'mysql');
const postgres = casesOf('batch', 'postgres');

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Several statements as one, and scripts. */
export const batch: readonly Case[] = [
  define(
    'results-in-order',
    'batch() answers a result for each statement, in order',
    async ({ db, table }) => {
      const t = sql.identifier(await table('a int'));
      const [inserted, selected, updated] = await db.batch([
        sql`insert into ${t} values (${1}), (${2})`,
        sql`select a from ${t} order by a`,
        sql`update ${t} set a = a + ${10}`,
      ]);
      equal(inserted?.rowsAffected, 2, 'rowsAffected of the INSERT');
      equal(selected?.rows, [{ a: 1 }, { a: 2 }], 'rows of the SELECT');
      equal(updated?.rowsAffected, 2, 'rowsAffected of the UPDATE');
    },
    ['transactions'],
  ),
  define(
    'atomic',
    'a batch of which a statement fails leaves nothing behind',
    async ({ db, table }) => {
      const t = sql.identifier(await table('a int primary key'));
      const statements = [1, 2, 1, 3].map((value) => sql`insert into ${t} values (${value})`);
      await rejects(db.batch(statements), { code: 'CONSTRAINT', outcome: 'not-applied' });
      equal((await db.query(sql`select a from ${t}`)).rows, []);
    },
    ['transactions'],
  ),
  define(
    'fails-at-first',
    'a batch stops at the statement that fails',
    async ({ db, table }) => {
      const t = sql.identifier(await table('a int'));
      const statements = [sql`select no_such_column`, sql`insert into ${t} values (${1})`];
      await rejects(db.batch(statements), { code: 'SYNTAX', outcome: 'not-applied' });
      equal((await db.query(sql`select a from ${t}`)).rows, []);
      equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    },
    ['transactions'],
  ),
  define('empty', 'a batch of nothing answers nothing', async ({ db }) => {
    equal(await db.batch([]), []);
  }),
  define('of-one', 'a batch of one statement is that statement', async ({ db }) => {
    equal((await db.batch([sql`select 5 as a`]))[0]?.rows, [{ a: 5 }]);
  }),
  define(
    'of-many',
    'a batch of 300 statements runs',
    async ({ db, table }) => {
      const t = await table('a int');
      const results = await db.batch(upTo(300).map((value) => sql`insert into ${sql.identifier(t)} values (${value})`));
      equal(results.length, 300, 'the number of results');
      equal(await columnOf(db, t, 'a'), upTo(300));
    },
    ['transactions'],
  ),
  define(
    'wrong-statement-first',
    'a batch with a wrong statement anywhere is refused before anything is sent',
    async (context) => {
      const recorded = recording(await context.adapter());
      const db = await context.connect({}, recorded.adapter);
      await rejects(db.batch([sql`select 1`, sql`select ${undefined as never}`]), {
        code: 'DATA',
        outcome: 'not-applied',
      });
      await rejects(db.batch([sql`select 1`, sql`commit`]), { code: 'TRANSACTION', outcome: 'not-applied' });
      equal(recorded.sent, [], 'what was sent');
    },
  ),
  define(
    'in-transaction',
    'a batch in a transaction is a part of it',
    async ({ db, table }) => {
      const t = await table('a int');
      await using tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
      await tx.batch([2, 3].map((value) => sql`insert into ${sql.identifier(t)} values (${value})`));
      equal(await columnOf(tx, t, 'a'), [1, 2, 3]);
      await tx.rollback();
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define(
    'atomic-in-transaction',
    'a batch that fails in a transaction leaves nothing of itself behind',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int primary key');
      await db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        const failing = tx.transaction((nested) =>
          nested.batch([2, 3, 2].map((value) => sql`insert into ${sql.identifier(t)} values (${value})`)),
        );
        await rejects(failing, { code: 'CONSTRAINT', outcome: 'not-applied' });
        await tx.query(`insert into ${t} values (4)`);
      });
      equal(await columnOf(db, t, 'a'), [1, 4]);
    },
    ['transactions'],
  ),
  define(
    'undeliverable',
    'a batch whose result cannot be delivered says honestly what became of it',
    async ({ db, table }) => {
      const t = await table('a bigint');
      const statements = [sql.text(`insert into ${t} values (9007199254740993)`), sql.text(`select a from ${t}`)];
      const error = await rejects(db.batch(statements), { code: 'DATA' });
      const rows = await countOf(db, t);
      if (error.outcome === 'applied') equal(rows, 1, 'the rows, as the outcome is applied');
      else if (error.outcome === 'not-applied') equal(rows, 0, 'the rows, as the outcome is not-applied');
      else assert(false, 'the outcome is known');
    },
    ['transactions'],
  ),
  mysql(
    'committing-procedure',
    'a batch that fails behind a procedure which commits is not said to be not applied',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int');
      const procedure = await procedureOf(context, 'begin commit; start transaction; end');
      const statements = [
        sql.text(`insert into ${t} values (1)`),
        sql.text(`call ${procedure}()`),
        sql`insert into no_such_table values (${2})`,
      ];
      // TRANSACTION where the strategy notices what the procedure did.
      await rejects(db.batch(statements), { code: ['TRANSACTION', 'SYNTAX'], outcome: 'unknown' });
      equal(await columnOf(db, t, 'a'), [1]);
      await rejects(db.batch(statements.toReversed()), { code: 'SYNTAX', outcome: 'not-applied' });
      equal(await columnOf(db, t, 'a'), [1]);
    },
    ['transactions'],
  ),
  postgres(
    'committing-procedure',
    'a procedure in a batch cannot commit a part of it',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int');
      const procedure = await procedureOf(context, 'language plpgsql as $$ begin commit; end $$');
      const insert = (a: number) => sql.text(`insert into ${t} values (${a})`);
      for (const text of [`call ${procedure}()`, 'do $$ begin commit; end $$']) {
        const call = sql.text(text);
        await rejects(db.batch([insert(1), call, insert(2)]), {
          code: 'TRANSACTION',
          sqlState: '2D000',
          outcome: 'not-applied',
        });
        await rejects(db.batch([call, insert(1)]), { code: 'TRANSACTION', sqlState: '2D000', outcome: 'not-applied' });
      }
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define(
    'typed',
    'statements of a batch may have a schema',
    async ({ db }) => {
      const [first] = await db.batch([sql`select 1 as a`, sql`select 2 as a`]);
      equal(first?.rows, [{ a: 1 }]);
    },
    ['transactions'],
  ),
  define(
    'concurrent',
    'several batches at once do not mix',
    async ({ db, table }) => {
      const t = sql.identifier(await table('a int'));
      const answers = await Promise.all(
        upTo(12).map((value) =>
          db.batch([sql`insert into ${t} values (${value})`, sql`select a from ${t} where a = ${value}`]),
        ),
      );
      equal(
        answers.map(([, selected]) => selected?.rows),
        upTo(12).map((a) => [{ a }]),
      );
    },
    ['transactions'],
  ),

  define(
    'many',
    'executeMany() runs a statement for each set of parameters',
    async ({ db, table }) => {
      const t = await table('a int, b varchar(20)');
      await db.executeMany(
        `insert into ${t} values (:a, :b)`,
        upTo(1_000).map((a) => ({ a, b: a % 2 ? `n'${a}` : null })),
      );
      equal(await columnOf(db, t, 'a'), upTo(1_000));
      equal(await db.one(sql.text(`select b from ${t} where a = 999`)), { b: "n'999" });
      equal(await db.one(sql.text(`select count(*) as n from ${t} where b is null`)), { n: 500 });
    },
    ['transactions'],
  ),
  define(
    'many-atomic',
    'executeMany() leaves nothing behind when one set fails',
    async ({ db, table }) => {
      const t = await table('a int primary key');
      const sets = [...upTo(50), 7].map((a) => ({ a }));
      await rejects(db.executeMany(`insert into ${t} values (:a)`, sets), {
        code: 'CONSTRAINT',
        outcome: 'not-applied',
      });
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define(
    'many-updates',
    'executeMany() takes any statement',
    async ({ db, table }) => {
      const t = await table('a int, b int');
      await db.query(`insert into ${t} values (1, 0), (2, 0), (3, 0)`);
      await db.executeMany(`update ${t} set b = :b where a = :a`, [
        { a: 1, b: 10 },
        { a: 3, b: 30 },
      ]);
      equal(await columnOf(db, t, 'b'), [0, 10, 30]);
    },
    ['transactions'],
  ),
  define('many-of-none', 'executeMany() of no sets does nothing', async ({ db, table }) => {
    const t = await table('a int');
    await db.executeMany(`insert into ${t} values (:a)`, []);
    equal(await columnOf(db, t, 'a'), []);
  }),
  define(
    'many-types',
    'each set of executeMany() may have values of other types',
    async ({ db, table }) => {
      const t = await table('a int, b varchar(20), c decimal(10,2)');
      await db.executeMany<Record<'a' | 'b' | 'c', SqlValue>>(`insert into ${t} values (:a, :b, :c)`, [
        { a: 1, b: 'x', c: '1.50' },
        { a: '2', b: 5, c: 2 },
        { a: 3n, b: null, c: null },
      ]);
      equal((await db.query(`select * from ${t} order by a`)).rows, [
        { a: 1, b: 'x', c: '1.50' },
        { a: 2, b: '5', c: '2.00' },
        { a: 3, b: null, c: null },
      ]);
    },
    ['transactions'],
  ),
  define(
    'many-upserts',
    'executeMany() with a key that comes twice upserts twice',
    async ({ db, table, dialect }) => {
      const t = await table('a int primary key, b int');
      const tail =
        dialect === 'postgres'
          ? `on conflict (a) do update set b = ${t}.b + excluded.b`
          : 'on duplicate key update b = b + values(b)';
      await db.executeMany(`insert into ${t} values (:a, :b) ${tail}`, [
        { a: 1, b: 1 },
        { a: 2, b: 5 },
        { a: 1, b: 10 },
      ]);
      equal((await db.query(`select * from ${t} order by a`)).rows, [
        { a: 1, b: 11 },
        { a: 2, b: 5 },
      ]);
    },
    ['transactions'],
  ),
  define(
    'many-in-transaction',
    'executeMany() in a transaction is a part of it',
    async ({ db, table }) => {
      const t = await table('a int');
      await using tx = await db.begin();
      await tx.executeMany(
        `insert into ${t} values (:a)`,
        upTo(20).map((a) => ({ a })),
      );
      equal(await columnOf(tx, t, 'a'), upTo(20));
      await tx.rollback();
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define('many-wrong-set', 'a wrong set of executeMany() is refused before anything is sent', async ({ db, table }) => {
    const t = await table('a int');
    const sets = [{ a: 1 }, { b: 2 }] as unknown as { a: number }[];
    await rejects(db.executeMany(`insert into ${t} values (:a)`, sets), { code: 'DATA', outcome: 'not-applied' });
    equal(await columnOf(db, t, 'a'), []);
  }),

  define('script', 'script() runs several statements in order', async ({ db, name, afterwards }) => {
    const t = name();
    afterwards(`drop table if exists ${t}`);
    await db.script(`-- a schema; with a comment
      create table ${t} (a int, b varchar(20));
      insert into ${t} values (1, 'a;b');; insert into ${t} values (2, 'it''s');`);
    equal((await db.query(`select * from ${t} order by a`)).rows, [
      { a: 1, b: 'a;b' },
      { a: 2, b: "it's" },
    ]);
  }),
  define(
    'script-stops',
    'script() stops at the statement that fails, names it, and cannot say not-applied',
    async ({ db, table }) => {
      const t = await table('a int');
      const text = `insert into ${t} values (1); select no_such_column; insert into ${t} values (2)`;
      await rejects(db.script(text), { code: 'SYNTAX', outcome: 'unknown', message: /2 of 3/ });
      equal(await columnOf(db, t, 'a'), [1]);
    },
  ),
  define('script-of-none', 'a script of nothing does nothing', async ({ db }) => {
    await db.script(' -- nothing\n ; /* at all */ ;');
  }),
  define('script-control', 'a script with a BEGIN is refused before anything is sent', async ({ db, table }) => {
    const t = await table('a int');
    await rejects(db.script(`insert into ${t} values (1); begin; commit`), {
      code: 'TRANSACTION',
      outcome: 'not-applied',
    });
    equal(await columnOf(db, t, 'a'), []);
  }),
];
