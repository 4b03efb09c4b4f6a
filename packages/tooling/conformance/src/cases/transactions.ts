import { sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { gate } from '../wait.ts';
import { columnOf, countOf, sessionOf } from './dialect-sql.ts';

const all = casesOf('transactions');
const define = (name: string, title: string, run: Case['run']): Case => all(name, title, run, ['transactions']);

/** Transactions that go as they should, and the ways of ending one. */
export const transactions: readonly Case[] = [
  define('commit', 'what a transaction wrote is there when it has resolved', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.query(`insert into ${t} values (2)`);
    });
    equal(await columnOf(db, t, 'a'), [1, 2]);
  }),
  define('answer', 'transaction() answers what its body does', async ({ db }) => {
    equal(await db.transaction(async (tx) => (await tx.one<{ a: number }>(sql`select 7 as a`)).a), 7);
  }),
  define('rollback-on-throw', 'nothing is left of a transaction whose body throws', async ({ db, table }) => {
    const t = await table('a int');
    const own = new Error('the body’s own');
    const thrown = await db
      .transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        throw own;
      })
      .catch((error: unknown) => error);
    assert(thrown === own, 'transaction() must reject with the body’s own error');
    equal(await columnOf(db, t, 'a'), []);
  }),
  define('rollback-on-sql-error', 'an SQL error that leaves the body undoes all of it', async ({ db, table }) => {
    const t = await table('a int primary key');
    const work = db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.query(`insert into ${t} values (1)`);
    });
    await rejects(work, { code: 'CONSTRAINT', outcome: 'not-applied' });
    equal(await columnOf(db, t, 'a'), []);
  }),
  define('own-writes', 'a transaction reads what it wrote', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      equal(await columnOf(tx, t, 'a'), [1]);
    });
  }),
  define('unseen-outside', 'nobody sees what a transaction wrote before it commits', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      equal(await countOf(db, t), 0, 'the count outside');
    });
    equal(await countOf(db, t), 1, 'the count afterwards');
  }),
  define('one-session', 'all statements of a transaction run on one session', async ({ db, dialect }) => {
    await db.transaction(async (tx) => {
      const first = await sessionOf(tx, dialect);
      for (let run = 0; run < 5; run++) equal(await sessionOf(tx, dialect), first);
    });
  }),
  define(
    'temporary-table',
    'a temporary table lives as long as the transaction’s session',
    async ({ db, name, dialect }) => {
      const t = name();
      await db.transaction(async (tx) => {
        await tx.query(`create temporary table ${t} (a int)${dialect === 'postgres' ? ' on commit drop' : ''}`);
        await tx.query(`insert into ${t} values (1)`);
        equal(await columnOf(tx, t, 'a'), [1]);
        if (dialect === 'mysql') await tx.query(`drop temporary table ${t}`);
      });
    },
  ),
  define('begin-commit', 'begin() and commit() make a transaction that the caller ends', async ({ db, table }) => {
    const t = await table('a int');
    const tx = await db.begin();
    await tx.query(`insert into ${t} values (1)`);
    equal(await countOf(db, t), 0, 'the count before the commit');
    await tx.commit();
    equal(await countOf(db, t), 1, 'the count after it');
  }),
  define('begin-rollback', 'rollback() undoes everything', async ({ db, table }) => {
    const t = await table('a int');
    const tx = await db.begin();
    await tx.query(`insert into ${t} values (1)`);
    await tx.rollback();
    equal(await countOf(db, t), 0);
  }),
  define('dispose', 'disposing of a transaction rolls it back', async ({ db, table }) => {
    const t = await table('a int');
    {
      await using tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
    }
    equal(await countOf(db, t), 0);
  }),
  define('dispose-after-commit', 'disposing of a committed transaction does nothing', async ({ db, table }) => {
    const t = await table('a int');
    {
      await using tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
      await tx.commit();
    }
    equal(await countOf(db, t), 1);
  }),
  define('use-after-commit', 'a transaction that has committed refuses everything', async ({ db, table }) => {
    const t = await table('a int');
    const tx = await db.begin();
    await tx.commit();
    await rejects(tx.query(`insert into ${t} values (1)`), { code: 'TRANSACTION', outcome: 'not-applied' });
    await rejects(
      tx.transaction(async () => {}),
      { code: 'TRANSACTION', outcome: 'not-applied' },
    );
    await rejects(tx.batch([sql`select 1`, sql`select 2`]), { code: 'TRANSACTION', outcome: 'not-applied' });
    equal(await countOf(db, t), 0);
  }),
  define('use-after-rollback', 'a transaction that was rolled back refuses everything', async ({ db }) => {
    const tx = await db.begin();
    await tx.rollback();
    await rejects(tx.query('select 1'), { code: 'TRANSACTION', outcome: 'not-applied' });
    await rejects(tx.commit(), { code: 'TRANSACTION', outcome: 'not-applied' });
  }),
  define('use-after-body', 'the tx of a body is of no use after it', async ({ db }) => {
    const escaped = await db.transaction(async (tx) => ({ tx }));
    await rejects(escaped.tx.query('select 1'), { code: 'TRANSACTION', outcome: 'not-applied' });
  }),
  define('commit-twice', 'a second commit() is TRANSACTION', async ({ db }) => {
    const tx = await db.begin();
    await tx.commit();
    await rejects(tx.commit(), { code: 'TRANSACTION' });
  }),
  define('commit-in-body', 'a body may commit by itself', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.commit();
    });
    equal(await countOf(db, t), 1);
  }),
  define('rollback-in-body', 'a body may roll back by itself and resolve', async ({ db, table }) => {
    const t = await table('a int');
    const answer = await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.rollback();
      return 'done';
    });
    equal(answer, 'done');
    equal(await countOf(db, t), 0);
  }),
  define('in-order', 'calls made at once on a transaction run in order', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      const calls = [1, 2, 3, 4, 5].map((value) => tx.query(sql`insert into ${sql.identifier(t)} values (${value})`));
      const counted = tx.one(sql`select count(*) as n from ${sql.identifier(t)}`);
      const later = tx.query(sql`delete from ${sql.identifier(t)} where a < ${4}`);
      equal(await counted, { n: 5 }, 'what the sixth call sees');
      await Promise.all([...calls, later]);
    });
    equal(await columnOf(db, t, 'a'), [4, 5]);
  }),
  define('commit-waits', 'commit() waits for the calls before it', async ({ db, table }) => {
    const t = await table('a int');
    const tx = await db.begin();
    const calls = [1, 2, 3].map((value) => tx.query(sql`insert into ${sql.identifier(t)} values (${value})`));
    await tx.commit();
    await Promise.all(calls);
    equal(await columnOf(db, t, 'a'), [1, 2, 3]);
  }),
  define('after-an-error', 'the connection works as before after a rolled-back transaction', async ({ db, table }) => {
    const t = await table('a int');
    for (let run = 0; run < 12; run++) {
      const failing = db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await tx.query('select no_such_column');
      });
      await rejects(failing, { code: 'SYNTAX', outcome: 'not-applied' });
    }
    await db.query(`insert into ${t} values (2)`);
    equal(await columnOf(db, t, 'a'), [2]);
  }),
  define('results', 'results in a transaction are those of a connection', async ({ db, table }) => {
    const t = await table('a int, b varchar(9)');
    await db.transaction(async (tx) => {
      equal((await tx.query(`insert into ${t} values (1, 'x'), (2, null)`)).rowsAffected, 2, 'rowsAffected');
      equal((await tx.values(sql.text(`select b, a from ${t} order by a`))).rows, [
        ['x', 1],
        [null, 2],
      ]);
      equal(await tx.first(sql.text(`select a from ${t} where a = 9`)), undefined, 'first');
    });
  }),
  define('dialect-of-two', 'two transactions of one connection do not disturb each other', async ({ db, table }) => {
    const t = await table('a int');
    const first = await db.begin();
    const second = await db.begin();
    await first.query(`insert into ${t} values (1)`);
    await second.query(`insert into ${t} values (2)`);
    await second.rollback();
    await first.commit();
    equal(await columnOf(db, t, 'a'), [1]);
  }),
  define(
    'outside-is-outside',
    'a statement on the connection during a transaction is not in it',
    async ({ db, table }) => {
      const t = await table('a int');
      await rejects(
        db.transaction(async (tx) => {
          await tx.query(`insert into ${t} values (1)`);
          await db.query(`insert into ${t} values (2)`);
          await tx.query('select no_such_column');
        }),
        { code: 'SYNTAX' },
      );
      equal(await columnOf(db, t, 'a'), [2]);
    },
  ),
  define('long-lived', 'a transaction stays open while its body waits for something else', async ({ db, table }) => {
    const t = await table('a int');
    const { opened, open } = gate();
    const work = db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await opened;
      await tx.query(`insert into ${t} values (2)`);
    });
    for (let run = 0; run < 5; run++) equal(await countOf(db, t), 0);
    open();
    await work;
    equal(await columnOf(db, t, 'a'), [1, 2]);
  }),
];
