import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { waitForPool } from '../src/spi/pool.ts';
import { failOnUnhandledRejections } from './expectations.ts';

failOnUnhandledRejections();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const giveBack = vi.fn();
beforeEach(() => giveBack.mockClear());

const wait = (asked: Promise<string>, signal?: AbortSignal) =>
  waitForPool(asked, { acquireTimeoutMs: 100, signal, giveBack });

it('gives what the pool gives, and throws what it throws', async () => {
  expect(await wait(Promise.resolve('a'))).toBe('a');
  await expect(wait(Promise.reject(new Error('of the pool')))).rejects.toThrow('of the pool');
  expect(giveBack).not.toHaveBeenCalled();
});

it('throws TIMEOUT after the limit, and gives back what comes later', async () => {
  const asked = Promise.withResolvers<string>();
  const waiting = wait(asked.promise);
  vi.advanceTimersByTime(100);
  await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
  await expect(waiting).rejects.toThrow('within 100 ms');
  asked.resolve('late');
  await asked.promise;
  expect(giveBack.mock.calls).toEqual([['late']]);
});

it('ends with the signal, and gives back what comes later', async () => {
  const asked = Promise.withResolvers<string>();
  const caller = new AbortController();
  const waiting = wait(asked.promise, caller.signal);
  caller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
  asked.resolve('late');
  await asked.promise;
  expect(giveBack.mock.calls).toEqual([['late']]);
});

it('lets an error that comes later fall', async () => {
  const asked = Promise.withResolvers<string>();
  const waiting = wait(asked.promise);
  vi.advanceTimersByTime(100);
  await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT' });
  asked.reject(new Error('too late'));
});
