import { sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { until } from '../wait.ts';
import { columnOf, countOf, endSession, procedureOf, sessionOf } from './dialect-sql.ts';

const all = casesOf('transactions');
const define = (name: string, title: string, run: Case['run']): Case => all(name, title, run, ['transactions']);
const postgres = casesOf('transactions', 'postgres');
const mysql = casesOf('transactions', 'mysql');

/** Transactions that must not end well, and what must not be said of them. */
export const transactionsRefused: readonly Case[] = [
  define(
    'session-lost',
    'a transaction whose session was ended is TRANSACTION, not applied, and so is its commit',
    async (context) => {
      const { db, table, dialect } = context;
      const t = await table('a int');
      const own = await context.connect();
      const tx = await own.begin();
      await tx.query(`insert into ${t} values (1)`);
      await endSession(db, await sessionOf(tx, dialect));
      // Nothing of an open transaction can have stayed.
      const lost = { code: 'TRANSACTION', outcome: 'not-applied' } as const;
      await rejects(tx.query(`insert into ${t} values (2)`), lost);
      await rejects(tx.query('select 1'), lost);
      await rejects(tx.commit(), lost);
      equal(await countOf(db, t), 0);
      equal(await own.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    },
  ),
  define('session-lost-body', 'a body that swallows the loss of its session does not commit', async (context) => {
    const { db, table, dialect } = context;
    const t = await table('a int');
    const own = await context.connect();
    const work = own.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await endSession(db, await sessionOf(tx, dialect));
      await tx.query(`insert into ${t} values (2)`).catch(() => {});
    });
    await rejects(work, { code: 'TRANSACTION', outcome: 'not-applied' });
    equal(await countOf(db, t), 0);
  }),
  define('session-lost-idle', 'the loss of an idle transaction’s session is found at its commit', async (context) => {
    const { db, table, dialect } = context;
    const t = await table('a int');
    const own = await context.connect();
    const tx = await own.begin();
    await tx.query(`insert into ${t} values (1)`);
    await endSession(db, await sessionOf(tx, dialect));
    // Where the loss was noticed before COMMIT went out it is certain, else it is not.
    const { code, outcome } = await rejects(tx.commit(), { code: ['TRANSACTION', 'UNREACHABLE'] });
    equal(outcome, code === 'TRANSACTION' ? 'not-applied' : 'unknown', 'outcome');
    equal(await countOf(db, t), 0);
  }),
  define('failing-rollback', 'a rollback that fails does not replace the body’s error', async (context) => {
    const { db, table, dialect } = context;
    const t = await table('a int');
    const own = await context.connect();
    const error = new Error('the body’s own');
    const thrown = await own
      .transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await endSession(db, await sessionOf(tx, dialect));
        throw error;
      })
      .catch((reason: unknown) => reason);
    assert(thrown === error, 'transaction() must reject with the body’s own error');
    await until(async () => (await countOf(db, t)) === 0, 'nothing is left of the transaction');
  }),
  postgres(
    'failed-commit',
    'committing a failed transaction rejects: the server answers ROLLBACK',
    async ({ db, table }) => {
      const t = await table('a int');
      const tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
      await rejects(tx.query('select no_such_column'), { code: 'SYNTAX' });
      await rejects(tx.commit(), { code: 'TRANSACTION', outcome: 'not-applied' });
      equal(await countOf(db, t), 0);
    },
    ['transactions'],
  ),
  postgres(
    'swallowed-error',
    'a body that swallows an SQL error does not commit',
    async ({ db, table }) => {
      const t = await table('a int');
      const work = db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await tx.query('select no_such_column').catch(() => {});
        return 'done';
      });
      await rejects(work, { code: 'TRANSACTION', outcome: 'not-applied' });
      equal(await countOf(db, t), 0);
    },
    ['transactions'],
  ),
  postgres(
    'statement-after-error',
    'a statement after a failed one is TRANSACTION',
    async ({ db }) => {
      await using tx = await db.begin();
      await rejects(tx.query('select no_such_column'), { code: 'SYNTAX' });
      await rejects(tx.query('select 1'), { code: 'TRANSACTION', outcome: 'not-applied' });
    },
    ['transactions'],
  ),
  postgres(
    'deferred-constraint',
    'a constraint that fails at COMMIT rejects the commit',
    async ({ db, table }) => {
      const t = await table('a int, constraint later unique (a) deferrable initially deferred');
      const work = db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1), (1)`);
      });
      await rejects(work, { code: 'CONSTRAINT', outcome: 'not-applied', sqlState: '23505' });
      equal(await countOf(db, t), 0);
      equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    },
    ['transactions'],
  ),
  postgres(
    'transactional-ddl',
    'DDL is a part of the transaction',
    async ({ db, name }) => {
      const t = name();
      await rejects(
        db.transaction(async (tx) => {
          await tx.query(`create table ${t} (a int)`);
          await tx.query(`select no_such_column from ${t}`);
        }),
        { code: 'SYNTAX' },
      );
      await rejects(db.query(`select * from ${t}`), { code: 'SYNTAX', sqlState: '42P01' });
    },
    ['transactions'],
  ),
  postgres(
    'lock-table',
    'LOCK TABLE is allowed inside a transaction',
    async ({ db, table }) => {
      const t = await table('a int');
      await db.transaction(async (tx) => {
        await tx.query(`lock table ${t} in exclusive mode`);
        await tx.query(`insert into ${t} values (1)`);
      });
      equal(await countOf(db, t), 1);
    },
    ['transactions'],
  ),
  mysql(
    'swallowed-error',
    'a failed statement that is swallowed leaves the others to be committed',
    async ({ db, table }) => {
      const t = await table('a int primary key');
      await db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await rejects(tx.query(`insert into ${t} values (1)`), { code: 'CONSTRAINT', outcome: 'not-applied' });
        await tx.query(`insert into ${t} values (2)`);
      });
      equal(await columnOf(db, t, 'a'), [1, 2]);
    },
    ['transactions'],
  ),
  ...['create table', 'drop table', 'alter table', 'truncate table', 'rename table'].map((ddl) =>
    mysql(
      `refuses-${ddl.replace(' ', '-')}`,
      `${ddl.toUpperCase()} in a transaction is refused before it commits it`,
      async ({ db, table }) => {
        const t = await table('a int');
        const texts: Record<string, string> = {
          'create table': `create table ${t}_x (a int)`,
          'alter table': `alter table ${t} add column b int`,
          'rename table': `rename table ${t} to ${t}_x`,
        };
        await using tx = await db.begin();
        await tx.query(`insert into ${t} values (1)`);
        await rejects(tx.query(texts[ddl] ?? `${ddl} ${t}`), { code: 'TRANSACTION', outcome: 'not-applied' });
        await tx.rollback();
        equal(await countOf(db, t), 0);
      },
      ['transactions'],
    ),
  ),
  mysql(
    'implicit-commit-unseen',
    'a transaction that the server ended by itself is TRANSACTION from then on',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int');
      // A lexer cannot see into a procedure: only the server's status tells that the transaction is gone.
      const procedure = await procedureOf(context, 'begin commit; end');
      await using tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
      await tx.query(`call ${procedure}()`).catch(() => {});
      await rejects(tx.query(`insert into ${t} values (2)`), { code: 'TRANSACTION', outcome: 'not-applied' });
      await rejects(tx.commit(), { code: 'TRANSACTION' });
      equal(await columnOf(db, t, 'a'), [1], 'only what the server committed by itself');
    },
    ['transactions'],
  ),
  mysql(
    'commit-after-procedure',
    'a commit that fails behind a procedure which commits is not said to be not applied',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int');
      const procedure = await procedureOf(context, 'begin commit; start transaction; end');
      const controller = new AbortController();
      const tx = await db.begin({ signal: controller.signal });
      await tx.query(`insert into ${t} values (1)`);
      await tx.query(`call ${procedure}()`);
      controller.abort();
      await rejects(tx.commit(), { code: 'ABORTED', outcome: 'unknown' });
      equal(await columnOf(db, t, 'a'), [1]);
    },
    ['transactions'],
  ),
  all(
    'refused',
    'where there are no transactions, begin() and all that is built on it say UNSUPPORTED',
    async ({ db, table }) => {
      const t = await table('a int');
      await rejects(db.begin(), { code: 'UNSUPPORTED', outcome: 'not-applied' });
      await rejects(
        db.transaction(async () => {}),
        { code: 'UNSUPPORTED', outcome: 'not-applied' },
      );
      equal(db.capabilities.transactions, false, 'the capability');
      equal(await countOf(db, t), 0);
    },
    ['no transactions'],
  ),
];
