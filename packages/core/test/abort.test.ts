import { expect, it, vi } from 'vitest';
import { ConnectorError, connect, sql } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

const STATEMENT = sql`select 1`;

async function opened() {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await db.ping();
  script.forget();
  return { script, db };
}

it('sends nothing where the signal is aborted already', async () => {
  const { script, db } = await opened();
  const signal = AbortSignal.abort();
  await expectError(db.query(STATEMENT, { signal }), 'ABORTED');
  await expectError(db.batch([STATEMENT, STATEMENT], { signal }), 'ABORTED');
  await expectError(db.script('select 1', { signal }), 'ABORTED');
  await expectError(db.begin({ signal }), 'ABORTED');
  await expectError(
    db.transaction(async () => {}, { signal }),
    'ABORTED',
  );
  expect(script.log).toEqual([]);
});

it('settles at once, with the outcome that the driver knows, when aborted while it runs', async () => {
  const { script, db } = await opened();
  const running = script.hold('execute', { deaf: true });
  const controller = new AbortController();
  const query = expectError(db.query(STATEMENT, { signal: controller.signal }), 'ABORTED', 'not-applied');
  await running.reached;
  controller.abort();
  running.reject(new ConnectorError('ABORTED', 'cancelled before it was sent'));
  await query;
});

it('does not wait for a driver that does not react to the abort', async () => {
  const { script, db } = await opened();
  const running = script.hold('execute', { deaf: true });
  const controller = new AbortController();
  const query = expectError(db.query(STATEMENT, { signal: controller.signal }), 'ABORTED', 'unknown');
  await running.reached;
  controller.abort();
  await query;
  running.reject(new Error('too late for anyone'));
  await turn();
});

it('takes a result that comes before the abort does', async () => {
  const { script, db } = await opened();
  const controller = new AbortController();
  const running = script.hold('execute');
  const query = db.query(STATEMENT, { signal: controller.signal });
  await running.reached;
  running.resolve(table(['a'], [1]));
  expect((await query).rows).toEqual([{ a: 1 }]);
  controller.abort();
  await turn();
  expect(script.log).toEqual(['execute select 1']);
});

it('leaves no listener and no timer behind', async () => {
  const { script, db } = await opened();
  const controller = new AbortController();
  const listen = vi.spyOn(controller.signal, 'addEventListener');
  const unlisten = vi.spyOn(controller.signal, 'removeEventListener');
  vi.useFakeTimers();
  try {
    await db.query(STATEMENT, { signal: controller.signal, timeoutMs: 60_000 });
    await db.query(STATEMENT, { signal: controller.signal });
    script.fail('execute', failure('SYNTAX'));
    await expectError(db.query(STATEMENT, { signal: controller.signal, timeoutMs: 60_000 }), 'SYNTAX');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
  expect(listen.mock.calls.length).toBeGreaterThan(0);
  expect(unlisten.mock.calls.length).toBeGreaterThanOrEqual(listen.mock.calls.length);
});

it('says TIMEOUT, and aborts the driver, when timeoutMs has passed', async () => {
  const { script, db } = await opened();
  const running = script.hold('execute');
  vi.useFakeTimers();
  try {
    const query = expectError(db.query(STATEMENT, { timeoutMs: 250 }), 'TIMEOUT', 'unknown');
    await running.reached;
    await vi.advanceTimersByTimeAsync(249);
    expect(running.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(running.signal?.aborted).toBe(true);
    const error = await query;
    expect(error.message).toContain('250');
  } finally {
    vi.useRealTimers();
  }
});

it('counts the opening into timeoutMs, and an abort of one caller leaves the opening to the others', async () => {
  const script = new ScriptedDriver();
  const opening = script.hold('open', { deaf: true });
  const db = connect(script.adapter);
  const controller = new AbortController();
  const other = db.query(STATEMENT).catch((error: unknown) => error);
  const impatient = expectError(db.query(STATEMENT, { timeoutMs: 1 }), 'TIMEOUT');
  const aborted = expectError(db.query(STATEMENT, { signal: controller.signal }), 'ABORTED');
  controller.abort();
  await Promise.all([impatient, aborted]);
  opening.resolve({ execute: async () => table(['a'], [1]), begin: () => {}, stream: () => {}, close: async () => {} });
  expect(await other).toMatchObject({ rows: [{ a: 1 }] });
  expect(script.opens.length).toBe(1);
});

it.each([0, -1, Number.NaN, '100', null])('refuses timeoutMs %s with DATA', async (timeoutMs) => {
  const { script, db } = await opened();
  const options = { timeoutMs: timeoutMs as number };
  await expectError(db.query(STATEMENT, options), 'DATA');
  await expectError(db.begin(options), 'DATA');
  await expectError(db.stream(STATEMENT, options)[Symbol.asyncIterator]().next(), 'DATA');
  expect(script.log).toEqual([]);
});

it.each(['signal', {}, null, new AbortController()])('refuses %o for a signal with DATA', async (value) => {
  const { script, db } = await opened();
  const options = { signal: value as AbortSignal };
  await expectError(db.query(STATEMENT, options), 'DATA');
  await expectError(db.begin(options), 'DATA');
  await expectError(db.stream(STATEMENT, options)[Symbol.asyncIterator]().next(), 'DATA');
  expect(script.log).toEqual([]);
});

it.each([Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40])(
  'takes a timeoutMs of %s, which no timer can hold, as none',
  async (timeoutMs) => {
    const { script, db } = await opened();
    const running = script.hold('execute');
    vi.useFakeTimers();
    try {
      const query = db.query(STATEMENT, { timeoutMs });
      await running.reached;
      expect(vi.getTimerCount()).toBe(0);
      running.resolve(table([]));
      await query;
    } finally {
      vi.useRealTimers();
    }
  },
);
