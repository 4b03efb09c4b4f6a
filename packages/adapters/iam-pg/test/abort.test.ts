import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, run, until, value } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const sleeping = async () => (await fixture.running()).some((query) => query.includes('pg_sleep(30)'));

/** A driver of one connection that sleeps, and what aborts it. */
async function asleep(overrides = {}) {
  const db = await fixture.open({ max: 1, ...overrides });
  const pid = await value(db, 'SELECT pg_backend_pid()');
  const caller = new AbortController();
  const running = failure(run(db, 'SELECT pg_sleep(30)', [], caller.signal));
  await until(sleeping);
  return { db, pid, caller, running };
}

describe('an abort', () => {
  it('settles the call at once, with an unknown outcome', async () => {
    const { caller, running } = await asleep();
    const startedAt = performance.now();
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(performance.now() - startedAt).toBeLessThan(50);
    await until(async () => !(await sleeping()));
  });

  it('stops the statement on the server, and keeps the connection', async () => {
    const { db, pid, caller, running } = await asleep();
    const before = fixture.gateway.cancelRequests;
    caller.abort();
    await running;
    expect(await value(db, 'SELECT pg_backend_pid()')).toBe(pid);
    expect(fixture.gateway.cancelRequests).toBe(before + 1);
    expect(await sleeping()).toBe(false);
  });

  it('never hits the statement that comes next on the connection', { timeout: 60_000 }, async () => {
    const db = await fixture.open({ max: 1 });
    const pid = await value(db, 'SELECT pg_backend_pid()');
    for (let round = 0; round < 150; round++) {
      const caller = new AbortController();
      const running = failure(run(db, 'SELECT pg_sleep(30)', [], caller.signal));
      await until(sleeping);
      caller.abort();
      await running;
      // Long enough for a second cancel to arrive.
      expect(await value(db, 'SELECT pg_backend_pid() FROM pg_sleep(0.01)')).toBe(pid);
    }
  });

  it('stops the statement on the server also where the driver is closed right after', async () => {
    const { db, caller, running } = await asleep();
    caller.abort();
    await running;
    await db.close();
    expect(await sleeping()).toBe(false);
  });

  it('before the call sends nothing', async () => {
    const db = await fixture.open();
    const before = fixture.gateway.connections.total;
    const error = await failure(run(db, 'SELECT 1', [], AbortSignal.abort()));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(fixture.gateway.connections.total).toBe(before);
  });

  it('right after the call sends nothing', async () => {
    const db = await fixture.open({ max: 1 });
    await run(db, 'CREATE TABLE never (a int)');
    const caller = new AbortController();
    const running = failure(run(db, 'INSERT INTO never VALUES (1)', [], caller.signal));
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await value(db, 'SELECT count(*)::int FROM never')).toBe(0);
  });

  it('while the call waits for a connection sends nothing', async () => {
    const { db, caller, running } = await asleep();
    await run(await fixture.open(), 'CREATE TABLE IF NOT EXISTS waited (a int)');
    const waiting = new AbortController();
    const second = failure(run(db, 'INSERT INTO waited VALUES (1)', [], waiting.signal));
    waiting.abort();
    expect(await second).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    caller.abort();
    await running;
    expect(await value(db, 'SELECT count(*)::int FROM waited')).toBe(0);
  });

  it('that comes as the statement ends never hits the next statement', async () => {
    const db = await fixture.open({ max: 1 });
    const seen = { aborted: 0, done: 0 };
    for (let i = 0; i < 60; i++) {
      const caller = new AbortController();
      const running = run(db, `SELECT pg_sleep(0.004)`, [], caller.signal);
      const timer = setTimeout(() => caller.abort(), i % 8);
      await running.then(
        () => seen.done++,
        () => seen.aborted++,
      );
      clearTimeout(timer);
      expect(await value(db, 'SELECT sum(g)::int FROM generate_series(1, 20000) g')).toBe(200_010_000);
    }
    expect(seen.aborted).toBeGreaterThan(0);
    expect(seen.done).toBeGreaterThan(0);
  });
});

describe('a cancel request is not sent', () => {
  it.each(['foreign-ca', 'wrong-host', 'plaintext'] as const)(
    'where the server at the address shows itself as %s; the connection is given up',
    async (kind) => {
      const { db, pid, caller, running } = await asleep();
      const before = fixture.gateway.cancelRequests;
      await fixture.gateway.useCertificate(kind);
      const connections = fixture.gateway.connections.open;
      caller.abort();
      await running;
      await until(() => fixture.gateway.connections.open < connections);
      await fixture.gateway.useCertificate('valid');
      expect(await value(db, 'SELECT pg_backend_pid()')).not.toBe(pid);
      expect(fixture.gateway.cancelRequests).toBe(before);
      await fixture.ask('SELECT pg_terminate_backend($1)', [pid]);
    },
  );
});

describe('an abort in a transaction', () => {
  it('undoes the transaction: nothing more runs, nothing is committed', async () => {
    const db = await fixture.open({ max: 1 });
    await run(db, 'CREATE TABLE undone (a int)');
    const transaction = await db.begin({}, {});
    await run(transaction, 'INSERT INTO undone VALUES (1)');
    const caller = new AbortController();
    const running = failure(run(transaction, 'SELECT pg_sleep(30)', [], caller.signal));
    await until(sleeping);
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await failure(run(transaction, 'SELECT 1'))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(transaction.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await value(db, 'SELECT count(*)::int FROM undone')).toBe(0);
  });

  it('keeps the connection, once the cancel is acknowledged', async () => {
    const db = await fixture.open({ max: 1 });
    const transaction = await db.begin({}, {});
    const pid = await value(transaction, 'SELECT pg_backend_pid()');
    const caller = new AbortController();
    const running = failure(run(transaction, 'SELECT pg_sleep(30)', [], caller.signal));
    await until(sleeping);
    caller.abort();
    await running;
    await transaction.rollback();
    expect(await value(db, 'SELECT pg_backend_pid()')).toBe(pid);
  });

  it('while BEGIN waits for a connection leaves nothing behind', async () => {
    const db = await fixture.open({ max: 1 });
    const transaction = await db.begin({}, {});
    const caller = new AbortController();
    const second = failure(db.begin({}, { signal: caller.signal }));
    caller.abort();
    expect(await second).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    await transaction.commit({});
    expect(await value(db, 'SELECT 1')).toBe(1);
  });
});
