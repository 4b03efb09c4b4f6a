import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type ErrorCode, type Outcome, sql } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

const CODES: readonly ErrorCode[] = [
  'CONFIG',
  'UNSUPPORTED',
  'CLOSED',
  'AUTH',
  'PERMISSION',
  'UNREACHABLE',
  'RESUMING',
  'THROTTLED',
  'TIMEOUT',
  'ABORTED',
  'SYNTAX',
  'CONSTRAINT',
  'CONFLICT',
  'DATA',
  'READ_ONLY',
  'TRANSACTION',
  'RESULT_TOO_LARGE',
  'DATABASE',
  'INTERNAL',
];
const PASSING: readonly ErrorCode[] = ['UNREACHABLE', 'RESUMING', 'THROTTLED', 'READ_ONLY'];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const tries = (script: ScriptedDriver) => script.log.filter((line) => line.startsWith('execute')).length;

describe.each<Outcome>(['not-applied', 'unknown', 'applied'])('an error of outcome %s', (outcome) => {
  describe.each([false, true])('idempotent: %s', (idempotent) => {
    it.each(CODES)('%s is repeated only where that is safe', async (code) => {
      const script = new ScriptedDriver();
      script.fail('execute', failure(code, outcome));
      const work = connect(script.adapter).query(sql`select 1`, { idempotent });
      const settled = work.then(
        () => true,
        () => false,
      );
      await vi.runAllTimersAsync();
      const safe = outcome === 'not-applied' || (outcome === 'unknown' && idempotent);
      const repeated = PASSING.includes(code) && safe;
      expect(await settled).toBe(repeated);
      expect(tries(script)).toBe(repeated ? 2 : 1);
    });
  });
});

it('tries three times in all by default', async () => {
  const script = new ScriptedDriver();
  script.fail('execute', failure('THROTTLED'), 10);
  const refused = expectError(connect(script.adapter).query(sql`select 1`), 'THROTTLED');
  await vi.runAllTimersAsync();
  await refused;
  expect(tries(script)).toBe(3);
});

it.each([
  [{ attempts: 5 }, 5],
  [{ attempts: 1 }, 1],
  [{ attempts: 0 }, 1],
  [{ budgetMs: 0 }, 1],
  [false as const, 1],
])('with retry %o it tries %i times', async (retry, expected) => {
  const script = new ScriptedDriver();
  script.fail('execute', failure('THROTTLED'), 10);
  const refused = expectError(connect(script.adapter, { retry }).query(sql`select 1`), 'THROTTLED');
  await vi.runAllTimersAsync();
  await refused;
  expect(tries(script)).toBe(expected);
});

it('asks a resuming database again, beyond the attempts, until the budget is spent', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  const script = new ScriptedDriver();
  script.fail('execute', failure('RESUMING'), 1_000);
  const startedAt = Date.now();
  let endedAt = 0;
  const refused = expectError(
    connect(script.adapter)
      .query(sql`select 1`)
      .finally(() => {
        endedAt = Date.now();
      }),
    'RESUMING',
  );
  await vi.runAllTimersAsync();
  await refused;
  expect(tries(script)).toBeGreaterThan(3);
  expect(endedAt - startedAt).toBeLessThanOrEqual(30_000);
  expect(endedAt - startedAt).toBeGreaterThan(24_000);
});

it('waits a random share of a ceiling that doubles from 200 ms to 5 s', async () => {
  const delays: number[] = [];
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const script = new ScriptedDriver();
  script.fail('execute', failure('RESUMING'), 8);
  const timer = vi.spyOn(globalThis, 'setTimeout');
  const work = connect(script.adapter).query(sql`select 1`);
  await vi.runAllTimersAsync();
  await work;
  for (const [, ms] of timer.mock.calls) delays.push(ms as number);
  expect(delays).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500]);
  expect(random).toHaveBeenCalledTimes(8);
});

it('repeats a failed opening like any call', async () => {
  const script = new ScriptedDriver();
  script.fail('open', failure('RESUMING'), 2);
  const work = connect(script.adapter).query(sql`select 1`);
  await vi.runAllTimersAsync();
  await work;
  expect(script.log).toEqual(['open', 'open', 'open', 'execute select 1']);
});

it('repeats BEGIN where it certainly had no effect', async () => {
  const script = new ScriptedDriver();
  script.fail('begin', failure('THROTTLED'));
  const work = connect(script.adapter).transaction(async () => {});
  await vi.runAllTimersAsync();
  await work;
  expect(script.log).toEqual(['open', 'begin', 'begin', 'tx2 commit']);
});

it('does not say not-applied where an earlier try may have been applied', async () => {
  const script = new ScriptedDriver();
  script.fail('execute', failure('UNREACHABLE', 'unknown'));
  script.fail('execute', failure('UNREACHABLE'), 2);
  const refused = expectError(
    connect(script.adapter).query(sql`select 1`, { idempotent: true }),
    'UNREACHABLE',
    'unknown',
  );
  await vi.runAllTimersAsync();
  await refused;
});

it.each([
  ['ABORTED', (controller: AbortController) => controller.abort()],
  ['TIMEOUT', () => vi.advanceTimersByTime(5_000)],
] as const)('says %s when that happens between two tries', async (code, interrupt) => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  const script = new ScriptedDriver();
  script.fail('execute', failure('RESUMING'), 1_000);
  const controller = new AbortController();
  const work = connect(script.adapter).query(sql`select 1`, { signal: controller.signal, timeoutMs: 5_000 });
  const refused = expectError(work, code);
  await vi.advanceTimersByTimeAsync(1_000);
  const before = tries(script);
  interrupt(controller);
  await vi.advanceTimersByTimeAsync(0);
  await refused;
  expect(tries(script)).toBeLessThanOrEqual(before + 1);
  expect(vi.getTimerCount()).toBe(0);
});

it('says unknown of an abort between two tries of which the first may have been applied', async () => {
  const script = new ScriptedDriver();
  script.fail('execute', failure('UNREACHABLE', 'unknown'));
  const controller = new AbortController();
  const { signal } = controller;
  const work = connect(script.adapter).query(sql`select 1`, { idempotent: true, signal });
  const refused = expectError(work, 'ABORTED', 'unknown');
  await vi.advanceTimersByTimeAsync(0);
  controller.abort();
  await vi.runAllTimersAsync();
  await refused;
  expect(tries(script)).toBe(1);
});

it('pauses between two runs of a transaction body for at most two seconds', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  const timer = vi.spyOn(globalThis, 'setTimeout');
  const script = new ScriptedDriver();
  const conflict = failure('CONFLICT');
  const body = () => Promise.reject(conflict);
  const work = expect(connect(script.adapter).transaction(body, { retry: 40 })).rejects.toBe(conflict);
  await vi.runAllTimersAsync();
  await work;
  const delays = timer.mock.calls.map(([, ms]) => ms as number);
  expect(delays.length).toBe(40);
  expect(Math.max(...delays)).toBeLessThanOrEqual(2_000);
  expect(delays[0]).toBeLessThanOrEqual(50);
});

it('does not repeat what a reader refused because it only reads', async () => {
  const script = new ScriptedDriver({ traits: { readers: true } });
  script.fail('execute', failure('READ_ONLY'));
  await expectError(connect(script.adapter).query(sql`select 1`, { route: 'reader' }), 'READ_ONLY');
  expect(tries(script)).toBe(1);
});

it('does not repeat what was refused in a transaction because it only reads', async () => {
  const script = new ScriptedDriver();
  script.fail('tx1 execute', failure('READ_ONLY'));
  await expectError(
    connect(script.adapter).transaction((tx) => tx.query(sql`select 1`)),
    'READ_ONLY',
  );
  expect(script.log.filter((line) => line.startsWith('tx1 execute'))).toHaveLength(1);
});
