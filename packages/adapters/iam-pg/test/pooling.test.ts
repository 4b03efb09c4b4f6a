import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Fixture, failure, run, until, value } from './fixture.ts';

let fixture: Fixture;
let before: number;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());
beforeEach(() => {
  before = fixture.gateway.connections.total;
});

const opened = () => fixture.gateway.connections.total - before;
const pid = 'SELECT pg_backend_pid()';

it('nothing is opened before the first statement', async () => {
  const db = await fixture.open();
  expect(opened()).toBe(0);
  await run(db, 'SELECT 1');
  expect(opened()).toBe(1);
});

it('statements one after another share a connection', async () => {
  const db = await fixture.open();
  const pids = new Set<unknown>();
  for (let i = 0; i < 5; i++) pids.add(await value(db, pid));
  expect(pids.size).toBe(1);
});

it('two first statements at once open two connections at the most', async () => {
  const db = await fixture.open();
  await Promise.all([run(db, 'SELECT 1'), run(db, 'SELECT 2')]);
  expect(opened()).toBeLessThanOrEqual(2);
});

it('many statements at once stay within max', async () => {
  const db = await fixture.open({ max: 3 });
  const pids = await Promise.all(Array.from({ length: 40 }, () => value(db, `${pid} FROM pg_sleep(0.002)`)));
  expect(new Set(pids).size).toBeLessThanOrEqual(3);
  expect(opened()).toBe(3);
});

it('the default for max is 10', async () => {
  const db = await fixture.open();
  await Promise.all(Array.from({ length: 40 }, () => run(db, 'SELECT pg_sleep(0.01)')));
  expect(opened()).toBe(10);
});

it('a pool that transactions hold says so', async () => {
  const db = await fixture.open({ max: 1, acquireTimeoutMs: 500 });
  const transaction = await db.begin({}, {});
  const error = await failure(run(db, 'SELECT 1'));
  expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
  expect(error.message).toMatch(/1 by open transactions, 0 by streams.*use tx/);
  await transaction.rollback();
  expect(await value(db, 'SELECT 1')).toBe(1);
});

it('a pool that streams hold says so', async () => {
  const db = await fixture.open({ max: 1, acquireTimeoutMs: 500 });
  const stream = db.stream({ text: 'SELECT generate_series(1, 100)', params: [] }, { pageSize: 10 });
  for await (const _ of stream) {
    expect((await failure(run(db, 'SELECT 1'))).message).toMatch(/1 by streams/);
    break;
  }
});

it('idle connections that the server ended are replaced unseen', async () => {
  const db = await fixture.open({ max: 1 });
  const first = await value(db, pid);
  await fixture.terminate();
  await until(() => fixture.gateway.connections.open === 0);
  expect(await value(db, pid)).not.toBe(first);
});

it('a connection that was idle for long is probed, and kept where it works', async () => {
  const db = await fixture.open({ max: 1, idleProbeMs: 1 });
  const first = await value(db, pid);
  const asleep = Date.now();
  await until(() => Date.now() > asleep + 5);
  expect(await value(db, pid)).toBe(first);
});

it('nobody gets the settings that somebody else has made', async () => {
  const db = await fixture.open({ max: 1 });
  await run(db, "SET search_path = 'elsewhere'");
  expect(await value(db, 'SHOW search_path')).not.toContain('elsewhere');
});

it('a connection past its life time is replaced', async () => {
  const db = await fixture.open({ max: 1, maxLifetimeMs: 20 });
  const first = await value(db, pid);
  const asleep = Date.now();
  await until(() => Date.now() > asleep + 30);
  expect(await value(db, pid)).not.toBe(first);
  await until(async () => (await fixture.ask('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [first])).length === 0);
});

it('in Lambda there are two connections, which the server ends when they sleep', async () => {
  process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'fn';
  try {
    const db = await fixture.open();
    await Promise.all(Array.from({ length: 10 }, () => run(db, 'SELECT pg_sleep(0.01)')));
    expect(opened()).toBe(2);
    expect(await value(db, 'SHOW idle_session_timeout')).toBe('5min');
  } finally {
    delete process.env['AWS_LAMBDA_FUNCTION_NAME'];
  }
});

it('close ends all sessions, also while a statement runs', async () => {
  await until(async () => (await fixture.sessions()) === 0 || fixture.terminate().then(() => false));
  const db = await fixture.open();
  await Promise.all([run(db, 'SELECT 1'), run(db, 'SELECT 2')]);
  const running = failure(run(db, 'SELECT pg_sleep(30)'));
  await until(async () => (await fixture.running()).length > 0);
  await db.close();
  expect(await running).toMatchObject({ outcome: 'unknown' });
  expect(await failure(run(db, 'SELECT 1'))).toMatchObject({ code: 'CLOSED', outcome: 'not-applied' });
  await until(() => fixture.gateway.connections.open === 0);
});
