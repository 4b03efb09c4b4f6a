import { type ErrorCode, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import type { FaultName } from '../fault.ts';
import { leaksNothing } from '../leaks.ts';
import { within } from '../wait.ts';
import { columnOf, countOf, sessionOf } from './dialect-sql.ts';

const badInput = casesOf('bad-input');
const errors = casesOf('errors');

/** Faults of a login: `[fault, promise, code]`. */
const faults: readonly (readonly [FaultName, string, ErrorCode | readonly ErrorCode[]])[] = [
  ['unreachable', 'a server that does not listen is UNREACHABLE', 'UNREACHABLE'],
  ['unknown-host', 'a host that does not exist is UNREACHABLE', 'UNREACHABLE'],
  // MySQL says so only to a user who may use any database.
  ['wrong-database', 'a database that does not exist is CONFIG or PERMISSION', ['CONFIG', 'PERMISSION']],
  ['wrong-login', 'a login that the server refuses is AUTH', 'AUTH'],
  ['expired-login', 'an expired login is AUTH', 'AUTH'],
  ['wrong-region', 'a token for another region is AUTH', 'AUTH'],
  ['wrong-host-name', 'a certificate for another host is CONFIG', 'CONFIG'],
  ['foreign-ca', 'a certificate of an unknown authority is CONFIG', 'CONFIG'],
  ['expired-certificate', 'an expired certificate is CONFIG', 'CONFIG'],
  ['plaintext-server', 'a server without TLS is CONFIG, and gets no login', 'CONFIG'],
];

/** What can go wrong between here and the server. */
export const connecting: readonly Case[] = [
  ...faults.map(([fault, title, code]) =>
    badInput(
      `connect-${fault}`,
      `${title}: not applied, without a secret, and soon`,
      async (context) => {
        const { adapter } = await context.fault(fault);
        const db = await context.connect({ retry: false }, adapter);
        const error = await rejects(within(10_000, db.query('select 1'), 'the call'), { code, outcome: 'not-applied' });
        equal(error.adapter, db.adapter, 'adapter');
        leaksNothing(error, context.secrets);
        await rejects(within(10_000, db.begin(), 'begin()'), { code, outcome: 'not-applied' });
        await within(5_000, db.close(), 'close()');
      },
      [`fault: ${fault}`, 'transactions'],
    ),
  ),
  errors(
    'pool-exhausted',
    'a pool that open transactions hold is TIMEOUT, and the message points to tx',
    async ({ fault, connect }) => {
      const { adapter } = await fault('small-pool');
      const db = await connect({ retry: false }, adapter);
      const work = db.transaction(async (tx) => {
        await tx.query('select 1');
        await db.query('select 1');
      });
      await rejects(within(5_000, work, 'the transaction'), {
        code: 'TIMEOUT',
        outcome: 'not-applied',
        message: /\btx\b/,
      });
      equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['fault: small-pool', 'transactions'],
  ),
  errors(
    'pool-queue',
    'calls wait for their turn on a small pool',
    async ({ fault, connect }) => {
      const { adapter } = await fault('small-pool');
      const db = await connect({}, adapter);
      // The login is not part of the wait.
      await db.ping();
      const answers = await Promise.all(Array.from({ length: 10 }, (_, a) => db.one(sql.text(`select ${a} as a`))));
      equal(
        answers,
        Array.from({ length: 10 }, (_, a) => ({ a })),
      );
    },
    ['fault: small-pool'],
  ),
  errors(
    'cut-during-statement',
    'a server that dies during a statement is UNREACHABLE, outcome unknown',
    async ({ fault, connect, dialect }) => {
      const { adapter, cut } = await fault('cut');
      const db = await connect({ retry: false }, adapter);
      await db.ping();
      const call = db.query(dialect === 'postgres' ? 'select pg_sleep(20)' : 'select sleep(20)');
      call.catch(() => {});
      await db.ping();
      await cut?.();
      await rejects(within(5_000, call, 'the call'), { code: 'UNREACHABLE', outcome: 'unknown' });
      equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['fault: cut'],
  ),
  errors(
    'cut-while-idle',
    'a server that dies while nothing runs is reached anew, unseen',
    async ({ fault, connect, dialect }) => {
      const { adapter, cut } = await fault('cut');
      const db = await connect({}, adapter);
      const before = await sessionOf(db, dialect);
      await cut?.();
      assert((await sessionOf(db, dialect)) !== before, 'another session answers');
    },
    ['fault: cut', 'own connections'],
  ),
  errors(
    'cut-after-requests',
    'what was kept open for earlier requests, and is cut while nothing runs, is not noticed',
    async ({ fault, connect }) => {
      const { adapter, cut } = await fault('cut');
      const db = await connect({ retry: false }, adapter);
      await Promise.all([db.ping(), db.ping(), db.ping()]);
      await cut?.();
      equal(await db.one(sql`select 1 as a`), { a: 1 });
    },
    ['fault: cut'],
  ),
  errors(
    'cut-in-transaction',
    'a server that dies in a transaction: nothing of it is applied',
    async ({ fault, connect, db, table }) => {
      const t = await table('a int');
      const { adapter, cut } = await fault('cut');
      const own = await connect({}, adapter);
      const work = own.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await cut?.();
        await tx.query(`insert into ${t} values (2)`);
      });
      await rejects(within(10_000, work, 'the transaction'), { code: 'TRANSACTION', outcome: 'not-applied' });
      equal(await countOf(db, t), 0);
      equal(await within(5_000, own.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['fault: cut', 'transactions'],
  ),
  errors(
    'cut-in-stream',
    'a server that dies in a stream: the loop rejects',
    async ({ fault, connect, dialect }) => {
      const { adapter, cut } = await fault('cut');
      const db = await connect({ retry: false }, adapter);
      const text =
        dialect === 'postgres'
          ? 'select n from generate_series(1, 1000000) as n'
          : 'with recursive r(n) as (select 1 union all select n + 1 from r where n < 1000) select a.n from r a, r b';
      const reading = (async () => {
        let rows = 0;
        for await (const _ of db.stream(sql.text(text), { pageSize: 50 })) {
          rows += 1;
          if (rows === 120) await cut?.();
        }
      })();
      await rejects(within(10_000, reading, 'the stream'), { code: 'UNREACHABLE' });
      equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['fault: cut', 'incremental streams'],
  ),
  errors(
    'lost-answer-to-commit',
    'a connection lost between COMMIT and its answer is outcome unknown, and not repeated',
    async ({ fault, connect, table, db }) => {
      const t = await table('a int');
      const { adapter } = await fault('lost-answer');
      const own = await connect({}, adapter);
      let runs = 0;
      const work = own.transaction(
        async (tx) => {
          runs += 1;
          await tx.query(`insert into ${t} values (1)`);
        },
        { retry: 3 },
      );
      const error = await rejects(within(10_000, work, 'the transaction'), { code: 'UNREACHABLE', outcome: 'unknown' });
      equal(error.retryable, false, 'retryable');
      equal(runs, 1, 'the number of runs');
      assert((await columnOf(db, t, 'a')).length <= 1, 'the row is there once at most');
    },
    ['fault: lost-answer', 'transactions'],
  ),
  errors(
    'lost-answer-to-statement',
    'a connection lost between a statement and its answer is outcome unknown, and the statement is not repeated',
    async ({ fault, connect, table, db }) => {
      const t = await table('a int');
      const { adapter } = await fault('lost-answer');
      const own = await connect({}, adapter);
      const call = own.query(`insert into ${t} values (1) /* lost answer */`);
      await rejects(within(10_000, call, 'the call'), { code: 'UNREACHABLE', outcome: 'unknown' });
      assert((await countOf(db, t)) <= 1, 'the row is there once at most');
    },
    ['fault: lost-answer'],
  ),
  errors(
    'lost-answer-to-batch',
    'a batch whose answer is lost is UNREACHABLE, and says honestly what became of it',
    async ({ fault, connect, table, db }) => {
      const t = await table('a int');
      const { adapter } = await fault('lost-answer');
      const own = await connect({}, adapter);
      const insert = (a: number) => sql.text(`insert into ${t} values (${a}) /* lost answer */`);
      const { outcome } = await rejects(within(10_000, own.batch([insert(1), insert(2)]), 'the batch'), {
        code: 'UNREACHABLE',
        outcome: ['unknown', 'not-applied'],
      });
      const rows = await countOf(db, t);
      assert(
        outcome === 'unknown' ? rows === 0 || rows === 2 : rows === 0,
        `${rows} rows are there, outcome ${outcome}`,
      );
    },
    ['fault: lost-answer', 'transactions'],
  ),
];
