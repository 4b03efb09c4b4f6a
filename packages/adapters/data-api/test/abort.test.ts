import { getEventListeners } from 'node:events';
import { type Connection, sql } from '@sqlport/core';
import { isConnectorError } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture, failure, until } from './fixture.ts';

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let db: Connection;
  const sleep = (seconds: number) => (engine === 'mysql' ? `select sleep(${seconds})` : `select pg_sleep(${seconds})`);
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    db = fixture.connect();
    await db.query('create table t (id int)');
    await db.query(sql`insert into t values (${0})`);
  });
  afterEach(async () => {
    fixture.endpoint.faults.clear();
    await fixture.nothingOpen();
  });
  afterAll(() => fixture.stop());

  /** Runs work whose signal is aborted once the endpoint has the request. */
  const abortedIn = async (work: (signal: AbortSignal) => Promise<unknown>) => {
    const controller = new AbortController();
    const before = fixture.endpoint.calls.length;
    const failed = failure(work(controller.signal));
    await until(() => fixture.endpoint.calls.length > before);
    const started = performance.now();
    controller.abort();
    const error = await failed;
    expect(performance.now() - started).toBeLessThan(500);
    return error;
  };

  it('before anything is sent is not applied, and nothing is sent', async () => {
    const signal = AbortSignal.abort();
    const operations = await fixture.operationsOf(async () => {
      for (const work of [
        db.query('select 1', [], { signal }),
        db.batch([sql`select 1`, sql`select 2`], { signal }),
        db.transaction(async () => {}, { signal }),
      ]) {
        expect(await failure(work)).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
      }
    });
    expect(operations).toEqual([]);
  });

  it('of a statement is at once, and unknown', async () => {
    const error = await abortedIn((signal) => db.query(sleep(1), [], { signal }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  });

  it('of a statement in a transaction is at once, not applied, and ends the transaction', async () => {
    const tx = await db.begin();
    await tx.query(sql`insert into t values (${1})`);
    const error = await abortedIn((signal) => tx.query(sleep(1), [], { signal }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await failure(tx.query('select 1'))).toMatchObject({ code: 'TRANSACTION' });
    expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    await fixture.nothingOpen();
    expect(await fixture.ask('select count(*) from t where id = 1')).toEqual([[engine === 'mysql' ? 0 : '0']]);
  });

  it('of BEGIN is at once, not applied, and what begins later is rolled back', async () => {
    fixture.endpoint.faults.add({ latencyMs: 200, operation: 'BeginTransaction' });
    const error = await abortedIn((signal) => db.begin({ signal }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    await until(() => fixture.endpoint.calls.at(-1)!.operation === 'RollbackTransaction');
  });

  it('of COMMIT is at once, and unknown', async () => {
    const controller = new AbortController();
    fixture.endpoint.faults.add({ latencyMs: 200, operation: 'CommitTransaction' });
    const work = failure(db.transaction((tx) => tx.query('select 1'), { signal: controller.signal }));
    await until(() => fixture.endpoint.calls.at(-1)!.operation === 'CommitTransaction');
    controller.abort();
    expect(await work).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  });

  it('a time limit is TIMEOUT', async () => {
    expect(await failure(db.query(sleep(1), [], { timeoutMs: 50 }))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
  });

  it("the API's own time limit is TIMEOUT: unknown outside, not applied in a transaction, which it ends", async () => {
    fixture.endpoint.limits.statementMs = 100;
    try {
      expect(await failure(db.query(sleep(1)))).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
      const tx = await db.begin();
      expect(await failure(tx.query(sleep(1)))).toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
      expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    } finally {
      fixture.endpoint.limits.statementMs = 45_000;
    }
  });

  it.each(['ddl', 'never'] as const)('continueAfterTimeout: %s', async (continueAfterTimeout) => {
    const own = fixture.connect({ continueAfterTimeout });
    const table = `slow_${continueAfterTimeout}`;
    fixture.endpoint.limits.statementMs = 100;
    try {
      // MySQL's SLEEP swallows what ends its statement; between rows that is heeded.
      const rows = continueAfterTimeout === 'never' ? 'from information_schema.collations' : '';
      const source = engine === 'mysql' ? `sleep(0.6) as v ${rows}` : '1 as v from pg_sleep(0.6)';
      const text = `create table ${table} as select ${source}`;
      expect(await failure(own.query(text))).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    } finally {
      fixture.endpoint.limits.statementMs = 45_000;
    }
    const exists = () =>
      fixture.ask(`select 1 from ${table} limit 1`).then(
        () => true,
        () => false,
      );
    if (continueAfterTimeout === 'ddl') await until(exists);
    else {
      await new Promise((resolve) => setTimeout(resolve, engine === 'mysql' ? 0 : 600));
      expect(await exists()).toBe(false);
    }
  });

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController();
    for (let index = 0; index < 20; index++) {
      await db.query('select 1', [], { signal });
      await db.query('select no_such_column', [], { signal }).catch(() => {});
    }
    await db.transaction((tx) => tx.query('select 1'), { signal });
    for await (const _ of db.stream(sql`select 1 as a`, { signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('500 aborts at random moments leave nothing behind, and lie never', async () => {
    const own = fixture.connect();
    await own.query(sql`insert into t values (${0})`);
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown) => void rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    const outcomes = new Map<number, string>();
    const one = async (id: number) => {
      const controller = new AbortController();
      const { signal } = controller;
      const timer = setTimeout(() => controller.abort(), Math.random() * 40);
      const insert = sql`insert into t values (${id})`;
      const kinds = [
        () => own.query(insert, { signal }),
        () => own.transaction((tx) => tx.query(insert), { signal }),
        () => own.transaction((tx) => tx.query(insert, { signal })),
        () => own.batch([insert, sql`select 1`], { signal }),
        async () => {
          for await (const _ of own.stream(sql`select id from t`, { signal, pageSize: 2 }));
          await own.query(insert, { signal });
        },
      ];
      await kinds[id % kinds.length]!().then(
        () => outcomes.set(id, 'applied'),
        (error: unknown) => outcomes.set(id, isConnectorError(error) ? error.outcome : `no error of ours: ${error}`),
      );
      clearTimeout(timer);
    };
    for (let start = 1000; start < 1500; start += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => one(start + index)));
    }
    await fixture.nothingOpen();
    const found = await fixture.ask('select id, count(*) from t where id >= 1000 group by id');
    const applied = new Map(found.map(([id, count]) => [id as number, Number(count)]));
    for (const [id, outcome] of outcomes) {
      const times = applied.get(id) ?? 0;
      expect([id, outcome]).toEqual([id, expect.stringMatching(/^(applied|not-applied|unknown)$/)]);
      if (outcome === 'applied') expect([id, times]).toEqual([id, 1]);
      else if (outcome === 'not-applied') expect([id, times]).toEqual([id, 0]);
      else expect(times).toBeLessThanOrEqual(1);
    }
    expect(outcomes.size).toBe(500);
    expect(await own.one(sql`select 1 as a`)).toEqual({ a: 1 });
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
    await own.close();
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const left = sockets();
    await db.query('select 1');
    expect(sockets()).toBeLessThanOrEqual(left + 1);
  }, 60_000);
});
