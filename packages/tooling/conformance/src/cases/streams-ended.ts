import { type Connection, type Dialect, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { recording } from '../recording.ts';
import { until, within } from '../wait.ts';
import { columnOf, countOf, numbers, sessionCount } from './dialect-sql.ts';
import { collect, upTo } from './streams.ts';

const define = casesOf('streams');

/** Closes a connection in the middle of a stream, which must then end with CLOSED. */
async function readAndClose(own: Connection, dialect: Dialect): Promise<void> {
  const iterator = own
    .stream(sql.text(`select n from ${numbers(dialect, 3_000)}`), { pageSize: 3 })
    [Symbol.asyncIterator]();
  await iterator.next();
  await within(8_000, own.close(), 'close()');
  const rest = (async () => {
    for (let result = await iterator.next(); !result.done; result = await iterator.next());
  })();
  await rejects(within(5_000, rest, 'the stream'), { code: 'CLOSED' });
}

/** Streams in transactions, and streams that are not read to their end. */
export const streamsEnded: readonly Case[] = [
  define('left-early', 'a loop that is left early frees its connection', async ({ db, dialect, connect }) => {
    const own = await connect();
    const statement = sql.text(`select n from ${numbers(dialect, 3_000)} order by n`);
    const firstRow = async (): Promise<unknown> => {
      for await (const row of own.stream(statement, { pageSize: 10 })) return row;
      return undefined;
    };
    // A service may keep sessions of earlier cases.
    const before = await sessionCount(db);
    // More often than any pool is large.
    for (let run = 0; run < 30; run++) equal(await within(5_000, firstRow(), 'the first row'), { n: 1 });
    equal(await within(5_000, own.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    assert((await sessionCount(db)) < before + 30, 'sessions are left behind');
  }),
  define(
    'left-by-error',
    'an error thrown in the loop is the caller’s own and frees the connection',
    async ({ dialect, connect }) => {
      const own = await connect();
      const error = new Error('the loop’s own');
      for (let run = 0; run < 15; run++) {
        const thrown = await (async () => {
          for await (const _ of own.stream(sql.text(`select n from ${numbers(dialect, 3_000)}`), { pageSize: 10 }))
            throw error;
          return undefined;
        })().catch((reason: unknown) => reason);
        assert(thrown === error, 'the loop must reject with its own error');
      }
      equal(await within(5_000, own.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
  ),
  define(
    'return-before-next',
    'a stream that is closed before its first row sends nothing',
    async ({ adapter, connect }) => {
      const recorded = recording(await adapter());
      const db = await connect({}, recorded.adapter);
      const iterator = db.stream(sql`select 1 as a`)[Symbol.asyncIterator]();
      await iterator.return?.();
      equal((await iterator.next()).done, true, 'done');
      equal(recorded.sent, [], 'what was sent');
    },
  ),
  define(
    'in-transaction',
    'a stream on a transaction sees what the transaction wrote',
    async ({ db, table }) => {
      const t = await table('n int');
      await db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1), (2), (3)`);
        equal(await collect(tx.stream(sql.text(`select n from ${t} order by n`), { pageSize: 2 })), upTo(3));
        await tx.query(`insert into ${t} values (4)`);
      });
      equal(await columnOf(db, t, 'n'), [1, 2, 3, 4]);
    },
    ['transactions'],
  ),
  define(
    'left-early-in-transaction',
    'a transaction goes on after a stream that was left early',
    async ({ db, dialect, table }) => {
      const t = await table('n int');
      await db.transaction(async (tx) => {
        for await (const row of tx.stream(sql.text(`select n from ${numbers(dialect, 3_000)} order by n`), {
          pageSize: 3,
        })) {
          equal(row, { n: 1 });
          break;
        }
        await tx.query(`insert into ${t} values (1)`);
      });
      equal(await columnOf(db, t, 'n'), [1]);
    },
    ['transactions'],
  ),
  define(
    'interleaved',
    'statements run on a transaction between the rows of its stream',
    async ({ db, dialect, table }) => {
      const t = await table('n int');
      await db.transaction(async (tx) => {
        for await (const { n } of tx.stream<{ n: number }>(
          sql.text(`select n from ${numbers(dialect, 12)} order by n`),
          { pageSize: 5 },
        )) {
          await tx.query(`insert into ${t} values (${n})`);
        }
      });
      equal(await countOf(db, t), 12);
    },
    ['interleaved streams'],
  ),
  define(
    'not-interleaved',
    'a statement beside a stream of its transaction is refused at once, and harms neither',
    async ({ db, dialect, table }) => {
      const t = await table('n int');
      await db.transaction(async (tx) => {
        const seen: unknown[] = [];
        for await (const row of tx.stream(sql.text(`select n from ${numbers(dialect, 12)} order by n`), {
          pageSize: 5,
        })) {
          seen.push(row);
          const beside = tx.query(`insert into ${t} values (1)`);
          await rejects(within(2_000, beside, 'the refusal'), { code: 'TRANSACTION', outcome: 'not-applied' });
        }
        equal(seen, upTo(12));
        await tx.query(`insert into ${t} values (2)`);
      });
      equal(await columnOf(db, t, 'n'), [2]);
    },
    ['no interleaved streams'],
  ),
  define(
    'commit-ends-stream',
    'a transaction commits though a stream of it was not read to its end',
    async ({ db, dialect, table }) => {
      const t = await table('n int');
      const tx = await db.begin();
      await tx.query(`insert into ${t} values (1)`);
      const iterator = tx
        .stream(sql.text(`select n from ${numbers(dialect, 3_000)}`), { pageSize: 3 })
        [Symbol.asyncIterator]();
      await iterator.next();
      await within(8_000, tx.commit(), 'commit()');
      equal(await columnOf(db, t, 'n'), [1]);
    },
    ['transactions'],
  ),
  define('close-ends-stream', 'close() ends open streams', async ({ dialect, connect }) => {
    await readAndClose(await connect(), dialect);
  }),
  define(
    'close-frees-sessions',
    'after close() no session of an open stream is left',
    async ({ dialect, connect, db }) => {
      await readAndClose(await connect(), dialect);
      await until(async () => (await sessionCount(db)) < 15, 'the sessions are gone');
    },
    ['own connections'],
  ),
  define(
    'aborted',
    'an abort ends a stream at once',
    async ({ dialect, connect }) => {
      const db = await connect();
      const controller = new AbortController();
      const seen: unknown[] = [];
      const reading = (async () => {
        for await (const row of db.stream(sql.text(`select n from ${numbers(dialect, 3_000)} order by n`), {
          pageSize: 2,
          signal: controller.signal,
        })) {
          seen.push(row);
          if (seen.length === 4) controller.abort();
        }
      })();
      await rejects(within(5_000, reading, 'the stream'), { code: 'ABORTED' });
      assert(seen.length < 3_000, 'the stream went on to its end');
      equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['incremental streams'],
  ),
  define('aborted-before', 'a stream whose signal is aborted already sends nothing', async ({ adapter, connect }) => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    const reading = collect(db.stream(sql`select 1 as a`, { signal: AbortSignal.abort() }));
    await rejects(reading, { code: 'ABORTED', outcome: 'not-applied' });
    equal(recorded.sent, [], 'what was sent');
  }),
  define('timed-out', 'timeoutMs ends a fetch that takes too long', async ({ db, dialect }) => {
    const statement = dialect === 'postgres' ? sql`select pg_sleep(30)` : sql`select sleep(30)`;
    await rejects(within(5_000, collect(db.stream(statement, { timeoutMs: 100 })), 'the stream'), { code: 'TIMEOUT' });
    equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
  }),
];
