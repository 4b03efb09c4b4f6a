import { type Connection, type IsolationLevel, sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { columnOf, countOf } from './dialect-sql.ts';

const define = casesOf('isolation');

const LEVELS: readonly IsolationLevel[] = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'];

/** A table with one row, (1, 0). */
async function oneRow(db: Connection, table: (columns: string) => Promise<string>): Promise<string> {
  const t = await table('id int primary key, v int');
  await db.query(`insert into ${t} values (1, 0)`);
  return t;
}

/** What transactions see of each other, and read-only ones. */
export const isolation: readonly Case[] = [
  ...LEVELS.map((level) =>
    define(
      `commits-${level.replace(' ', '-')}`,
      `a transaction under ${level} commits`,
      async ({ db, table }) => {
        const t = await table('a int');
        await db.transaction((tx) => tx.query(`insert into ${t} values (1)`), { isolation: level });
        equal(await countOf(db, t), 1);
      },
      [level],
    ),
  ),
  ...(['read uncommitted', 'read committed'] as const).map((level) =>
    define(
      `sees-commits-${level.replace(' ', '-')}`,
      `under ${level} a statement sees what was committed before it`,
      async ({ db, table }) => {
        const t = await oneRow(db, table);
        await db.transaction(
          async (tx) => {
            equal(await columnOf(tx, t, 'v'), [0], 'before');
            await db.query(`update ${t} set v = 1`);
            equal(await columnOf(tx, t, 'v'), [1], 'after');
          },
          { isolation: level },
        );
      },
      [level],
    ),
  ),
  define(
    'sees-snapshot',
    'under repeatable read a transaction sees one state all the time',
    async ({ db, table }) => {
      const t = await oneRow(db, table);
      await db.transaction(
        async (tx) => {
          equal(await columnOf(tx, t, 'v'), [0], 'before');
          await db.query(`update ${t} set v = 1`);
          await db.query(`insert into ${t} values (2, 2)`);
          equal(await columnOf(tx, t, 'v'), [0], 'after');
        },
        { isolation: 'repeatable read' },
      );
      equal(await columnOf(db, t, 'v'), [1, 2], 'outside');
    },
    ['repeatable read'],
  ),
  define(
    'no-dirty-read',
    'under read committed nobody sees what is not committed',
    async ({ db, table }) => {
      const t = await oneRow(db, table);
      await using writer = await db.begin();
      await writer.query(`update ${t} set v = 1`);
      await db.transaction(async (tx) => equal(await columnOf(tx, t, 'v'), [0]), { isolation: 'read committed' });
    },
    ['read committed'],
  ),
  define(
    'no-write-skew',
    'under serializable two transactions cannot both act on what the other changes',
    async ({ db, table }) => {
      const t = await table('id int primary key, v int');
      await db.query(`insert into ${t} values (1, 1), (2, 1)`);
      const takeOne = async (id: number, ready: () => Promise<void>): Promise<void> =>
        db.transaction(
          async (tx) => {
            const { n } = await tx.one<{ n: number }>(sql`select count(*) as n from ${sql.identifier(t)} where v = 1`);
            await ready();
            if (n > 1) await tx.query(sql`update ${sql.identifier(t)} set v = 0 where id = ${id}`);
          },
          { isolation: 'serializable' },
        );
      let waiting = 0;
      let bothRead = () => {};
      const both = new Promise<void>((resolve) => {
        bothRead = resolve;
      });
      const ready = async (): Promise<void> => {
        waiting += 1;
        if (waiting === 2) bothRead();
        await both;
      };
      const results = await Promise.allSettled([takeOne(1, ready), takeOne(2, ready)]);
      const refused = results.filter((result) => result.status === 'rejected');
      equal(refused.length, 1, 'the number of transactions that were refused');
      await rejects(Promise.reject(refused[0]?.reason), { code: 'CONFLICT', outcome: 'not-applied' });
      equal((await db.query(`select v from ${t} where v = 1`)).rows.length, 1, 'the rows that are left');
    },
    ['serializable'],
  ),
  define(
    'retried',
    'transaction() with retry runs the body again after a CONFLICT',
    async ({ db, table, dialect }) => {
      const t = await oneRow(db, table);
      let runs = 0;
      // The other dialect has no such conflict: a deadlock makes one there.
      if (dialect === 'mysql') await db.query(`insert into ${t} values (2, 0)`);
      await db.transaction(
        async (tx) => {
          runs += 1;
          await columnOf(tx, t, 'v');
          if (runs === 1 && dialect === 'postgres') await db.query(`update ${t} set v = v + 10`);
          if (runs === 1 && dialect === 'mysql') {
            // Changed by rows, so that the server gives up the smaller transaction, this one.
            await using other = await db.begin();
            await other.query(`update ${t} set v = v + 5 where id = 2`);
            await other.query(`insert into ${t} values (7, 7), (8, 8), (9, 9)`);
            await tx.query(`update ${t} set v = v + 0 where id = 1`);
            const blocked = other.query(`update ${t} set v = v + 10 where id = 1`);
            const deadlock = tx.query(`update ${t} set v = v where id = 2`);
            try {
              await deadlock;
            } finally {
              await blocked;
              await other.commit();
            }
          }
          await tx.query(`update ${t} set v = v + 1 where id = 1`);
        },
        { isolation: 'repeatable read', retry: 3 },
      );
      equal(runs, 2, 'the number of runs');
      equal((await db.query(`select v from ${t} where id = 1`)).rows, [{ v: 11 }]);
    },
    ['repeatable read'],
  ),
  define(
    'level-does-not-stay',
    'the level of one transaction does not pass to the next',
    async (context) => {
      const db = await context.connect();
      const question =
        context.dialect === 'postgres'
          ? sql`select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as only_reads`
          : sql`select @@session.transaction_isolation as level, @@session.transaction_read_only as only_reads`;
      const before = await db.transaction((tx) => tx.one(question));
      await db.transaction((tx) => tx.one(question), { isolation: 'serializable', readOnly: true });
      equal(await db.transaction((tx) => tx.one(question)), before);
    },
    ['serializable'],
  ),
  define(
    'missing-level',
    'a level that is not supported is UNSUPPORTED, and nothing runs',
    async ({ db }) => {
      const missing = LEVELS.find((level) => !db.capabilities.isolationLevels.includes(level));
      let ran = false;
      const work = db.transaction(
        async () => {
          ran = true;
        },
        { isolation: missing },
      );
      await rejects(work, { code: 'UNSUPPORTED', outcome: 'not-applied' });
      equal(ran, false, 'whether the body ran');
    },
    ['a missing isolation level'],
  ),
  define(
    'unknown-level',
    'a level that does not exist is UNSUPPORTED',
    async ({ db }) => {
      const isolation = 'chaos' as IsolationLevel;
      await rejects(db.begin({ isolation }), { code: 'UNSUPPORTED', outcome: 'not-applied' });
    },
    ['transactions'],
  ),
  define(
    'read-only',
    'a write in a read-only transaction is READ_ONLY',
    async ({ db, table }) => {
      const t = await table('a int');
      const work = db.transaction((tx) => tx.query(`insert into ${t} values (1)`), { readOnly: true });
      await rejects(work, { code: 'READ_ONLY', outcome: 'not-applied' });
      equal(await countOf(db, t), 0);
    },
    ['transactions'],
  ),
  define(
    'read-only-reads',
    'a read-only transaction reads',
    async ({ db, table }) => {
      const t = await oneRow(db, table);
      equal(await db.transaction((tx) => columnOf(tx, t, 'v'), { readOnly: true }), [0]);
    },
    ['transactions'],
  ),
  define(
    'read-only-does-not-stay',
    'after a read-only transaction the connection writes as before',
    async (context) => {
      const db = await context.connect();
      const t = await context.table('a int');
      await db.transaction((tx) => countOf(tx, t), { readOnly: true });
      await db.query(`insert into ${t} values (1)`);
      await db.transaction((tx) => tx.query(`insert into ${t} values (2)`));
      equal(await columnOf(db, t, 'a'), [1, 2]);
    },
    ['transactions'],
  ),
];
