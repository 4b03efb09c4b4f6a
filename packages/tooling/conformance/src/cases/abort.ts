import { sql, type Transaction } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { watchListeners } from '../listeners.ts';
import { recording } from '../recording.ts';
import { until, within } from '../wait.ts';
import { columnOf, isRunning, longStatement } from './dialect-sql.ts';

const define = casesOf('abort');
const postgres = casesOf('abort', 'postgres');

/** How soon a promise must settle after an abort: at once, but for a slow machine. */
const AT_ONCE_MS = 2_000;

/** Aborts and time-outs. */
export const abort: readonly Case[] = [
  define('before', 'a call whose signal is aborted already sends nothing', async ({ adapter, connect }) => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    const signal = AbortSignal.abort();
    const expected = { code: 'ABORTED', outcome: 'not-applied' } as const;
    await rejects(db.query('select 1', [], { signal }), expected);
    await rejects(db.batch([sql`select 1`, sql`select 2`], { signal }), expected);
    await rejects(db.ping({ signal }), expected);
    equal(recorded.sent, [], 'what was sent');
  }),
  define(
    'before-begin',
    'begin() with an aborted signal sends nothing',
    async ({ adapter, connect }) => {
      const recorded = recording(await adapter());
      const db = await connect({}, recorded.adapter);
      await rejects(db.begin({ signal: AbortSignal.abort() }), { code: 'ABORTED', outcome: 'not-applied' });
      equal(recorded.sent, [], 'what was sent');
    },
    ['transactions'],
  ),
  define('during', 'an abort during a statement settles at once, outcome unknown', async ({ db, dialect, name }) => {
    const mark = name();
    const controller = new AbortController();
    const call = db.query(longStatement(dialect, mark), [], { signal: controller.signal });
    call.catch(() => {});
    await until(() => isRunning(db, mark), 'the statement runs');
    controller.abort();
    await rejects(within(AT_ONCE_MS, call, 'the call'), { code: 'ABORTED', outcome: 'unknown' });
    equal(await within(5_000, db.one(sql`select 1 as a`), 'the next query'), { a: 1 });
  }),
  define('reason-unused', 'the reason of an abort does not show in the error', async ({ db, dialect, name }) => {
    const mark = name();
    const controller = new AbortController();
    const call = db.query(longStatement(dialect, mark), [], { signal: controller.signal });
    call.catch(() => {});
    await until(() => isRunning(db, mark), 'the statement runs');
    controller.abort(new Error('canary-reason'));
    const error = await rejects(within(AT_ONCE_MS, call, 'the call'), { code: 'ABORTED' });
    assert(!error.message.includes('canary'), 'the message must not hold the reason');
  }),
  define('after', 'an abort after the call has settled does nothing', async ({ db }) => {
    const controller = new AbortController();
    equal((await db.query('select 1 as a', [], { signal: controller.signal })).rows, [{ a: 1 }]);
    controller.abort();
    equal(await db.one(sql`select 2 as a`), { a: 2 });
  }),
  define('time-out', 'timeoutMs settles at once with TIMEOUT, outcome unknown', async ({ db, dialect, name }) => {
    const call = db.query(longStatement(dialect, name()), [], { timeoutMs: 300 });
    await rejects(within(300 + AT_ONCE_MS, call, 'the call'), { code: 'TIMEOUT', outcome: 'unknown' });
    equal(await within(5_000, db.one(sql`select 1 as a`), 'the next query'), { a: 1 });
  }),
  define('time-out-unused', 'timeoutMs does not hurt a call that is in time', async ({ db }) => {
    for (let run = 0; run < 5; run++)
      equal((await db.query('select 1 as a', [], { timeoutMs: 10_000 })).rows, [{ a: 1 }]);
  }),
  define(
    'stops-on-server',
    'an aborted statement stops on the server as well',
    async ({ db, dialect, name }) => {
      const mark = name();
      const controller = new AbortController();
      const call = db.query(longStatement(dialect, mark), [], { signal: controller.signal });
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the statement runs');
      controller.abort();
      await rejects(call, { code: 'ABORTED' });
      await until(async () => !(await isRunning(db, mark)), 'the statement has stopped', 4_000);
    },
    ['server cancel'],
  ),
  define(
    'leaves-no-victim',
    'what follows an abort is not cancelled in its place',
    async ({ connect, dialect, name, db }) => {
      const own = await connect();
      for (let run = 0; run < 5; run++) {
        const mark = name();
        const controller = new AbortController();
        const call = own.query(longStatement(dialect, mark), [], { signal: controller.signal });
        call.catch(() => {});
        await until(() => isRunning(db, mark), 'the statement runs');
        controller.abort();
        await rejects(call, { code: 'ABORTED' });
        const answers = await Promise.all(Array.from({ length: 5 }, (_, a) => own.one(sql.text(`select ${a} as a`))));
        equal(
          answers,
          [0, 1, 2, 3, 4].map((a) => ({ a })),
        );
      }
    },
  ),
  define('others-go-on', 'an abort of one call does not disturb another', async ({ db, dialect, name }) => {
    const mark = name();
    const controller = new AbortController();
    const aborted = db.query(longStatement(dialect, mark), [], { signal: controller.signal });
    aborted.catch(() => {});
    await until(() => isRunning(db, mark), 'the statement runs');
    const others = Array.from({ length: 8 }, (_, a) => db.one(sql.text(`select ${a} as a`)));
    controller.abort();
    await rejects(aborted, { code: 'ABORTED' });
    equal((await Promise.all(others)).length, 8);
  }),
  define('no-listeners-left', 'calls leave no listener on a long-lived signal', async ({ db }) => {
    const { signal } = new AbortController();
    const listeners = watchListeners(signal);
    for (let run = 0; run < 15; run++) await db.query('select 1', [], { signal, timeoutMs: 5_000 });
    await Promise.all(Array.from({ length: 15 }, () => db.query('select 1', [], { signal })));
    await rejects(db.query('select no_such_column', [], { signal }), { code: 'SYNTAX' });
    assert(listeners.added > 0, 'calls do not listen to their signal');
    // Some clients take theirs off when a socket closes, which may be after the answer.
    await until(() => listeners.left.size === 0, 'no listener is left');
  }),
  define(
    'blocked-write',
    'a blocked write that was aborted and stopped does not happen later',
    async ({ db, table, name }) => {
      const t = await table('a int');
      await db.query(`insert into ${t} values (1)`);
      const mark = name();
      const controller = new AbortController();
      const holder = await db.begin();
      await holder.query(`update ${t} set a = 2`);
      const call = db.query(`update ${t} set a = 3 /* ${mark} */`, [], { signal: controller.signal });
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the update waits');
      controller.abort();
      await rejects(within(AT_ONCE_MS, call, 'the call'), { code: 'ABORTED', outcome: 'unknown' });
      await until(async () => !(await isRunning(db, mark)), 'the update has stopped');
      await holder.commit();
      equal(await columnOf(db, t, 'a'), [2]);
    },
    ['server cancel', 'transactions'],
  ),
  define(
    'in-transaction',
    'after an aborted statement its transaction is lost, and nothing is committed',
    async ({ db, dialect, table, name }) => {
      const t = await table('a int');
      const mark = name();
      const controller = new AbortController();
      const tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
      const call = tx.query(longStatement(dialect, mark), [], { signal: controller.signal });
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the statement runs');
      controller.abort();
      await rejects(within(AT_ONCE_MS, call, 'the call'), { code: 'ABORTED' });
      await rejects(tx.query(`insert into ${t} values (2)`), { code: 'TRANSACTION', outcome: 'not-applied' });
      await rejects(tx.commit(), { code: 'TRANSACTION', outcome: 'not-applied' });
      await tx.rollback().catch(() => {});
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define(
    'in-transaction-outcome',
    'what is aborted in a transaction is not applied: the transaction goes with it',
    async ({ db, dialect, name }) => {
      const limits = { timeoutMs: 200 };
      const expected = { code: 'TIMEOUT', outcome: 'not-applied' } as const;
      const long = sql.text(longStatement(dialect, name()));
      const calls: readonly ((tx: Transaction) => Promise<unknown>)[] = [
        (tx) => tx.query(long, limits),
        (tx) => tx.batch([sql`select 1`, long], limits),
        (tx) => tx.stream(long, limits)[Symbol.asyncIterator]().next(),
      ];
      for (const call of calls) {
        await rejects(within(200 + 2 * AT_ONCE_MS, db.transaction(call), 'the transaction'), expected);
      }
    },
    ['transactions'],
  ),
  define(
    'time-out-in-transaction',
    'after a statement that timed out the transaction rolls back',
    async ({ db, dialect, table, name }) => {
      const t = await table('a int');
      const work = db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await tx.query(longStatement(dialect, name()), [], { timeoutMs: 200 });
      });
      await rejects(within(200 + 2 * AT_ONCE_MS, work, 'the transaction'), { code: 'TIMEOUT' });
      equal(await columnOf(db, t, 'a'), []);
      equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    },
    ['transactions'],
  ),
  define(
    'swallowed-in-transaction',
    'a body that swallows a time-out does not commit',
    async ({ db, dialect, table, name }) => {
      const t = await table('a int');
      const work = db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await tx.query(longStatement(dialect, name()), [], { timeoutMs: 200 }).catch(() => {});
      });
      await rejects(work, { code: 'TRANSACTION', outcome: 'not-applied' });
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define(
    'transaction-signal',
    'the signal of a transaction aborts what runs in it',
    async ({ db, dialect, table, name }) => {
      const t = await table('a int');
      const mark = name();
      const controller = new AbortController();
      const work = db.transaction(
        async (tx) => {
          await tx.query(`insert into ${t} values (1)`);
          await tx.query(longStatement(dialect, mark));
        },
        { signal: controller.signal },
      );
      work.catch(() => {});
      await until(() => isRunning(db, mark), 'the statement runs');
      controller.abort();
      await rejects(within(2 * AT_ONCE_MS, work, 'the transaction'), { code: 'ABORTED' });
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  postgres(
    'time-out-of-commit',
    'the timeoutMs of a transaction limits its COMMIT, outcome unknown',
    async ({ db, table, name }) => {
      const t = await table('a int');
      const trigger = name();
      await db.script(`create function ${trigger}() returns trigger language plpgsql as $$ begin perform pg_sleep(3); return null; end $$;
        create constraint trigger ${trigger} after insert on ${t} deferrable initially deferred for each row execute function ${trigger}()`);
      const work = db.transaction((tx) => tx.query(`insert into ${t} values (1)`), { timeoutMs: 400 });
      await rejects(within(400 + 2 * AT_ONCE_MS, work, 'the transaction'), { code: 'TIMEOUT', outcome: 'unknown' });
      equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    },
    ['transactions'],
  ),
  define(
    'queued',
    'a call aborted while it waits for its turn on a transaction does not run',
    async ({ db, table, name }) => {
      const t = await table('a int');
      await db.query(`insert into ${t} values (1)`);
      const blocker = await db.begin();
      await blocker.query(`update ${t} set a = 2`);
      const mark = name();
      const controller = new AbortController();
      const tx = await db.begin();
      const first = tx.query(`update ${t} set a = 3 /* ${mark} */`);
      first.catch(() => {});
      await until(() => isRunning(db, mark), 'the first call waits on the server');
      const queued = tx.query(`insert into ${t} values (99)`, [], { signal: controller.signal });
      controller.abort();
      await rejects(within(AT_ONCE_MS, queued, 'the queued call'), { code: 'ABORTED', outcome: 'not-applied' });
      await blocker.commit();
      await first;
      await tx.query(`insert into ${t} values (4)`);
      await tx.commit();
      equal(await columnOf(db, t, 'a'), [3, 4]);
    },
    ['transactions'],
  ),
  define(
    'batch',
    'an aborted batch does not happen in parts',
    async ({ db, dialect, table, name }) => {
      const t = await table('a int');
      const mark = name();
      const controller = new AbortController();
      const insert = sql.text(`insert into ${t} values (1)`);
      const call = db.batch([insert, sql.text(longStatement(dialect, mark)), insert], { signal: controller.signal });
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the second statement runs');
      controller.abort();
      const error = await rejects(within(AT_ONCE_MS, call, 'the batch'), { code: 'ABORTED' });
      assert(error.outcome !== 'applied', 'an aborted batch cannot be known to be applied');
      await until(async () => !(await isRunning(db, mark)), 'the statement has stopped', 4_000);
      equal(await columnOf(db, t, 'a'), []);
    },
    ['server cancel', 'transactions'],
  ),
  define(
    'pool-wait',
    'an abort while waiting for a connection is not applied',
    async ({ fault, connect, table, db }) => {
      const t = await table('a int');
      const { adapter } = await fault('small-pool');
      const own = await connect({}, adapter);
      await using _holder = await own.begin();
      const controller = new AbortController();
      const call = own.query(`insert into ${t} values (1)`, [], { signal: controller.signal });
      call.catch(() => {});
      await own.query('select 1', [], { timeoutMs: 50 }).catch(() => {});
      controller.abort();
      await rejects(within(AT_ONCE_MS, call, 'the call'), { code: 'ABORTED', outcome: 'not-applied' });
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions', 'fault: small-pool'],
  ),
  ...[0, -1, Number.NaN, '100'].map((timeoutMs) =>
    define(
      `time-out-of-${timeoutMs}`,
      `timeoutMs ${JSON.stringify(timeoutMs)} is DATA, so that no slip turns it off`,
      async ({ db }) => {
        const options = { timeoutMs } as { timeoutMs: number };
        await rejects(db.query('select 1', [], options), { code: 'DATA', outcome: 'not-applied' });
      },
    ),
  ),
  define('not-a-signal', 'a signal that is none is DATA', async ({ db }) => {
    const options = { signal: {} } as { signal: AbortSignal };
    await rejects(db.query('select 1', [], options), { code: 'DATA', outcome: 'not-applied' });
  }),
];
