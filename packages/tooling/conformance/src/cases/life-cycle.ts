import { type Connection, connect as connectTo, isConnectorError, type QueryEvent, sql } from '@sqlport/core';
import { assert, equal, rejects, throws } from '../assert.ts';
import { diagnosticsChannel, util } from '../built-in.ts';
import { type Case, casesOf } from '../case.ts';
import { leaksNothing } from '../leaks.ts';
import { recording } from '../recording.ts';
import { until, within } from '../wait.ts';
import { columnOf, countOf, isRunning, longStatement, sessionCount } from './dialect-sql.ts';

const define = casesOf('life-cycle');

/** From connect() to close(). */
export const lifeCycle: readonly Case[] = [
  define('lazy', 'connect() opens nothing', async ({ adapter, connect }) => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    equal(recorded.opened, 0, 'before the first use');
    await db.ping();
    equal(recorded.opened, 1, 'after it');
  }),
  define(
    'description',
    'a connection names its adapter, dialect and capabilities before anything is opened',
    async (context) => {
      const adapter = await context.adapter();
      const db = await context.connect({}, adapter);
      equal(db.adapter, adapter.name, 'adapter');
      equal(db.dialect, context.dialect, 'dialect');
      equal(db.capabilities, adapter.traits, 'capabilities');
    },
  ),
  define('ping', 'ping() resolves when the database answers', async ({ db }) => {
    equal(await db.ping(), undefined);
  }),
  define('use-after-close', 'a closed connection refuses everything with CLOSED', async ({ connect, db }) => {
    const own = await connect();
    await own.ping();
    await own.close();
    const closed = { code: 'CLOSED', outcome: 'not-applied' } as const;
    await rejects(own.query('select 1'), closed);
    await rejects(own.ping(), closed);
    await rejects(own.begin(), { code: ['CLOSED', 'UNSUPPORTED'] });
    await rejects(own.batch([sql`select 1`, sql`select 2`]), closed);
    await rejects(
      own.transaction(async () => {}),
      { code: ['CLOSED', 'UNSUPPORTED'] },
    );
    const streaming = (async () => {
      for await (const _ of own.stream(sql`select 1`));
    })();
    await rejects(streaming, closed);
    await db.ping();
  }),
  define('close-unused', 'a connection that was never used closes without opening', async ({ adapter, connect }) => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    await db.close();
    equal(recorded.opened, 0, 'how often it was opened');
    await rejects(db.query('select 1'), { code: 'CLOSED', outcome: 'not-applied' });
  }),
  define('close-twice', 'close() may be called again', async ({ connect }) => {
    const db = await connect();
    await db.ping();
    await Promise.all([db.close(), db.close()]);
    await db.close();
  }),
  define('dispose', 'await using closes a connection', async ({ adapter }) => {
    let outside: Connection;
    {
      await using db = connectTo(await adapter());
      outside = db;
      await db.ping();
    }
    await rejects(outside.ping(), { code: 'CLOSED' });
  }),
  define('close-waits', 'close() waits for the statements that run', async ({ connect, db, table, dialect }) => {
    const own = await connect();
    const t = await table('a int');
    await own.ping();
    const sleep = dialect === 'postgres' ? 'pg_sleep(0.3) is not null' : 'sleep(0.3) = 0';
    const call = own.query(`insert into ${t} select 1 where ${sleep}`);
    await own.close();
    equal((await call).rowsAffected, 1, 'rowsAffected');
    equal(await columnOf(db, t, 'a'), [1]);
  }),
  define(
    'close-rolls-back',
    'close() rolls back open transactions',
    async ({ connect, db, table }) => {
      const own = await connect();
      const t = await table('a int');
      const tx = await own.begin();
      await tx.query(`insert into ${t} values (1)`);
      await within(8_000, own.close(), 'close()');
      const closed = { code: 'CLOSED', outcome: 'not-applied' } as const;
      await rejects(tx.query('select 1'), closed);
      await rejects(tx.commit(), closed);
      equal(await countOf(db, t), 0);
    },
    ['transactions'],
  ),
  define(
    'sessions-gone',
    'after close() the server has no session of the connection left',
    async ({ connect, db }) => {
      await db.ping();
      // Sessions of earlier cases may be on their way out.
      let before = await sessionCount(db);
      await until(async () => {
        const last = before;
        before = await sessionCount(db);
        return before === last;
      }, 'the sessions of earlier cases are gone');
      const own = await connect();
      await Promise.all(
        Array.from({ length: 4 }, () =>
          own.query(own.dialect === 'postgres' ? 'select pg_sleep(0.1)' : 'select sleep(0.1)'),
        ),
      );
      assert((await sessionCount(db)) > before, 'the connection has sessions of its own');
      await own.close();
      await until(async () => (await sessionCount(db)) <= before, 'its sessions are gone', 3_000);
    },
    ['own connections'],
  ),
  define(
    'close-after-abort',
    'close() does not wait for a statement that was aborted',
    async ({ connect, db, dialect, name }) => {
      const own = await connect();
      const mark = name();
      const controller = new AbortController();
      const call = own.query(longStatement(dialect, mark), [], { signal: controller.signal });
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the statement runs');
      controller.abort();
      await rejects(call, { code: 'ABORTED' });
      await within(8_000, own.close(), 'close()');
    },
  ),
  define('opened-again', 'an opening that failed is tried again at the next use', async ({ adapter, connect }) => {
    const real = await adapter();
    let failures = 1;
    const db = await connect(
      { retry: false },
      {
        ...real,
        specVersion: 1,
        open(options) {
          if (failures-- > 0) return Promise.reject(new Error('not yet'));
          return real.open(options);
        },
      },
    );
    await rejects(db.ping(), { code: 'INTERNAL' });
    equal(await db.one(sql`select 1 as a`), { a: 1 });
  }),
  define('contract-version', 'an adapter of another contract version is CONFIG', async ({ adapter }) => {
    const other = { ...(await adapter()), specVersion: 99 as 1 };
    throws(() => connectTo(other), { code: 'CONFIG', outcome: 'not-applied' });
  }),
  define('capabilities-honest', 'capabilities are what the opened driver can do', async ({ adapter }) => {
    const { traits, open } = await adapter();
    const driver = await open({
      signal: new AbortController().signal,
      values: { int64: 'number', instants: 'date', json: 'parsed' },
    });
    try {
      equal(typeof driver.begin === 'function', traits.transactions, 'transactions');
      equal(typeof driver.stream === 'function', traits.streams === 'incremental', 'streams');
      equal(traits.transactions || traits.isolationLevels.length === 0, true, 'isolation levels without transactions');
    } finally {
      await driver.close();
    }
  }),
  define('events', 'onQuery is told about each call, never about parameters', async ({ connect, table }) => {
    const seen: QueryEvent[] = [];
    const db = await connect({ onQuery: (event) => seen.push(event) });
    const t = sql.identifier(await table('a int, b varchar(50)'));
    await db.query(sql`insert into ${t} values (${1}, ${'canary-parameter'})`);
    await db.query(sql`select b from ${t} where b <> 'canary-literal' and a = ${1}`);
    await rejects(db.query("select no_such_column, 'canary-literal'"), { code: 'SYNTAX' });
    equal(
      seen.map(({ operation, rows, rowsAffected }) => [operation, rows, rowsAffected]),
      [
        ['query', 0, 1],
        ['query', 1, 0],
        ['query', 0, 0],
      ],
    );
    equal(seen[2]?.error?.code, 'SYNTAX', 'error.code');
    assert(
      seen.every(({ durationMs }) => durationMs >= 0),
      'durations',
    );
    leaksNothing(seen, ['canary']);
  }),
  define('event-hook-throws', 'an onQuery hook that throws changes nothing', async ({ connect }) => {
    const db = await connect({
      onQuery() {
        throw new Error('a hook that fails');
      },
    });
    equal(await db.one(sql`select 1 as a`), { a: 1 });
  }),
  define(
    'transaction-events',
    'onQuery is told about begin, the statements, and commit',
    async ({ connect }) => {
      const seen: string[] = [];
      const db = await connect({ onQuery: ({ operation, transaction }) => seen.push(`${operation} ${transaction}`) });
      await db.transaction((tx) => tx.query('select 1'));
      equal(seen, ['begin false', 'query true', 'commit true']);
    },
    ['transactions'],
  ),
  define(
    'tracing',
    'a tracing channel is told about each call, never about parameters',
    async ({ connect }) => {
      const channel = diagnosticsChannel!.tracingChannel('sqlport:query');
      const seen: unknown[] = [];
      const handlers = {
        start: (event: unknown) => void seen.push({ ...(event as object) }),
        end() {},
        asyncStart() {},
        asyncEnd() {},
        error() {},
      };
      const db = await connect();
      channel.subscribe(handlers);
      try {
        await db.query(sql`select 1 as a where ${'canary'} = 'canary'`);
      } finally {
        channel.unsubscribe(handlers);
      }
      equal(seen.length, 1, 'the number of events');
      leaksNothing(seen, ['canary']);
    },
    ['tracing channels'],
  ),
  define('inspected', 'an adapter and a connection that are logged show no secret', async (context) => {
    const { secrets } = context;
    const adapter = await context.adapter();
    leaksNothing(adapter, secrets);
    const db = await context.connect({}, adapter);
    await db.ping();
    for (const each of [adapter, db]) {
      leaksNothing(each, secrets);
      leaksNothing(util?.inspect(each, { depth: 10, showHidden: true }), secrets);
    }
  }),
  define('only-connector-errors', 'whatever fails, it is a ConnectorError', async ({ db }) => {
    const nonsense: (() => Promise<unknown>)[] = [
      () => db.query(undefined as never),
      () => db.query(5 as never),
      () => db.query('select 1', 'x' as never),
      () => db.query('select 1', null as never),
      () => db.batch([undefined as never]),
      () => db.script(undefined as never),
      () => db.executeMany('select 1', [null as never]),
      () => db.one(undefined as never),
    ];
    for (const [index, call] of nonsense.entries()) {
      let thrown: unknown;
      try {
        thrown = await call().then(
          () => 'nothing',
          (error: unknown) => error,
        );
      } catch (error) {
        thrown = error;
      }
      assert(isConnectorError(thrown), `call ${index} threw ${String(thrown)}`);
    }
  }),
];
