import { sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { recording } from '../recording.ts';
import { gate, until, within } from '../wait.ts';
import { columnOf, countOf, isRunning } from './dialect-sql.ts';

const define = casesOf('concurrency');

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Many calls at once. */
export const concurrency: readonly Case[] = [
  define('own-results', '100 queries at once each get their own result', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await db.query(sql`insert into ${t} ${sql.values(upTo(100).map((value) => [value]))}`);
    const rows = await Promise.all(upTo(100).map((value) => db.one(sql`select a from ${t} where a = ${value}`)));
    equal(
      rows,
      upTo(100).map((a) => ({ a })),
    );
  }),
  define('opens-once', 'two first queries at once open one driver', async ({ adapter, connect }) => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    await Promise.all([db.query('select 1 as a'), db.query('select 2 as a'), db.ping()]);
    equal(recorded.opened, 1);
  }),
  define('errors-among-results', 'one call that fails does not disturb those beside it', async ({ db }) => {
    const calls = upTo(30).map((value) => db.query(`select ${value} as a, ${value % 3 === 0 ? 'no_such_column' : 0}`));
    const settled = await Promise.allSettled(calls);
    for (const [index, result] of settled.entries()) {
      const value = index + 1;
      if (value % 3 === 0) await rejects(Promise.reject((result as PromiseRejectedResult).reason), { code: 'SYNTAX' });
      else equal(result.status === 'fulfilled' && result.value.rows[0]?.['a'], value);
    }
  }),
  define(
    'no-head-of-line',
    'a call that waits on the server does not hold up another',
    async ({ db, table, connect }) => {
      const own = await connect();
      const t = await table('a int');
      await db.query(`insert into ${t} values (1)`);
      await using holder = await db.begin();
      await holder.query(`update ${t} set a = 2`);
      const blocked = own.query(`update ${t} set a = 3 /* no_head_of_line */`);
      await until(() => isRunning(db, 'no_head_of_line'), 'the update waits');
      await within(5_000, own.query('select 1'), 'a query beside it');
      await holder.commit();
      await blocked;
      equal(await columnOf(db, t, 'a'), [3]);
    },
    ['transactions'],
  ),
  define(
    'many-transactions',
    '40 transactions at once all commit',
    async ({ db, table }) => {
      const t = await table('a int primary key');
      await Promise.all(
        upTo(40).map((value) =>
          db.transaction(async (tx) => {
            await tx.query(`insert into ${t} values (${value})`);
            await tx.query(`update ${t} set a = a where a = ${value}`);
          }),
        ),
      );
      equal(await columnOf(db, t, 'a'), upTo(40));
    },
    ['transactions'],
  ),
  define(
    'mixed-outcomes',
    'transactions at once commit and roll back each on their own',
    async ({ db, table }) => {
      const t = await table('a int');
      await Promise.allSettled(
        upTo(20).map((value) =>
          db.transaction(async (tx) => {
            await tx.query(`insert into ${t} values (${value})`);
            if (value % 2 === 0) throw new Error('even');
          }),
        ),
      );
      equal(
        await columnOf(db, t, 'a'),
        upTo(20).filter((value) => value % 2 === 1),
      );
    },
    ['transactions'],
  ),
  define(
    'no-lost-update',
    'rows locked by FOR UPDATE lose no update',
    async ({ db, table }) => {
      const t = await table('v int');
      await db.query(`insert into ${t} values (0)`);
      await Promise.all(
        upTo(15).map(() =>
          db.transaction(async (tx) => {
            const { v } = await tx.one<{ v: number }>(sql.text(`select v from ${t} for update`));
            await tx.query(`update ${t} set v = ${v + 1}`);
          }),
        ),
      );
      equal(await columnOf(db, t, 'v'), [15]);
    },
    ['transactions'],
  ),
  define(
    'deadlock',
    'of two transactions in a deadlock one is CONFLICT, not applied, the other commits',
    async ({ db, table }) => {
      const t = await table('id int primary key, v int');
      await db.query(`insert into ${t} values (1, 0), (2, 0)`);
      const locked = [gate(), gate()] as const;
      const swap = (mine: 0 | 1): Promise<unknown> =>
        db.transaction(async (tx) => {
          await tx.query(`update ${t} set v = v + 1 where id = ${mine + 1}`);
          locked[mine].open();
          await locked[mine === 0 ? 1 : 0].opened;
          await tx.query(`update ${t} set v = v + 1 where id = ${2 - mine}`);
        });
      const results = await Promise.allSettled([swap(0), swap(1)]);
      const failed = results.filter((result) => result.status === 'rejected');
      equal(failed.length, 1, 'the number of transactions that failed');
      const error = await rejects(Promise.reject(failed[0]?.reason), { code: 'CONFLICT', outcome: 'not-applied' });
      equal(error.retryable, true, 'retryable');
      equal(await columnOf(db, t, 'v'), [1, 1]);
    },
    ['transactions'],
  ),
  define(
    'deadlock-swallowed',
    'a transaction that swallows its deadlock runs nothing more, and does not commit',
    async ({ db, table }) => {
      const t = await table('id int primary key, v int');
      await db.query(`insert into ${t} values (1, 0), (2, 0)`);
      const locked = [gate(), gate()] as const;
      const swap = (mine: 0 | 1): Promise<void> =>
        db.transaction(async (tx) => {
          await tx.query(`update ${t} set v = v + 1 where id = ${mine + 1}`);
          locked[mine].open();
          await locked[mine === 0 ? 1 : 0].opened;
          const refused = await tx.query(`update ${t} set v = v + 1 where id = ${2 - mine}`).then(
            () => false,
            () => true,
          );
          if (!refused) return;
          const after = tx.query(`insert into ${t} values (9, 9)`);
          await rejects(after, { code: 'TRANSACTION', outcome: 'not-applied' });
        });
      const results = await Promise.allSettled([swap(0), swap(1)]);
      const failed = results.filter((result) => result.status === 'rejected');
      equal(failed.length, 1, 'the number of transactions that failed');
      await rejects(Promise.reject(failed[0]?.reason), { code: 'TRANSACTION', outcome: 'not-applied' });
      equal(await columnOf(db, t, 'v'), [1, 1]);
    },
    ['transactions'],
  ),
  define(
    'in-order-of-calls',
    'calls at once on one transaction run one after another, also when some fail',
    async ({ db, table, dialect }) => {
      const t = await table('a int primary key');
      await using tx = await db.begin();
      const calls = [1, 2, 2, 3].map((value) => tx.query(`insert into ${t} values (${value})`));
      const statuses = (await Promise.allSettled(calls)).map(({ status }) => status);
      // PostgreSQL fails the whole transaction after an error.
      const last = dialect === 'postgres' ? 'rejected' : 'fulfilled';
      equal(statuses, ['fulfilled', 'fulfilled', 'rejected', last]);
    },
    ['transactions'],
  ),
  define('insert-ids', 'every INSERT of many at once has an id of its own', async ({ db, table, dialect }) => {
    const t = await table(
      dialect === 'postgres' ? 'id serial primary key, a int' : 'id int auto_increment primary key, a int',
    );
    const ids = await Promise.all(
      upTo(40).map(async (value) => {
        if (dialect === 'mysql') return Number((await db.query(`insert into ${t} (a) values (${value})`)).insertId);
        return (await db.query<{ id: number }>(`insert into ${t} (a) values (${value}) returning id`)).rows[0]?.id;
      }),
    );
    equal(new Set(ids).size, 40, 'the number of ids');
    equal(await countOf(db, t), 40, 'the number of rows');
  }),
  define(
    'connections-apart',
    'two connections of one adapter are closed each on their own',
    async ({ adapter, connect }) => {
      const shared = await adapter();
      const first = await connect({}, shared);
      const second = await connect({}, shared);
      await Promise.all([first.ping(), second.ping()]);
      await first.close();
      equal(await second.one(sql`select 1 as a`), { a: 1 });
    },
  ),
  define(
    'close-under-load',
    'close() under load lets what runs finish and refuses the rest',
    async ({ db, table, connect }) => {
      const own = await connect();
      const t = await table('a int');
      await own.ping();
      const before = upTo(20).map((value) => own.query(`insert into ${t} values (${value})`));
      const closing = own.close();
      await rejects(own.query(`insert into ${t} values (99)`), { code: 'CLOSED', outcome: 'not-applied' });
      await Promise.all(before);
      await closing;
      equal(await columnOf(db, t, 'a'), upTo(20));
    },
  ),
];
