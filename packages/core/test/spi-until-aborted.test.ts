import { expect, it, vi } from 'vitest';
import { untilAborted } from '../src/spi/index.ts';
import { failOnUnhandledRejections } from './expectations.ts';

failOnUnhandledRejections();

it('settles as the work does, and leaves nothing on the signal', async () => {
  const { signal } = new AbortController();
  const listening = vi.spyOn(signal, 'addEventListener');
  const forgetting = vi.spyOn(signal, 'removeEventListener');
  const abandon = vi.fn();
  expect(await untilAborted(Promise.resolve(1), signal, 'unknown', abandon)).toBe(1);
  await expect(untilAborted(Promise.reject(new Error('no')), signal, 'unknown', abandon)).rejects.toThrow('no');
  expect(await untilAborted(Promise.resolve(2), undefined, 'unknown', abandon)).toBe(2);
  expect(forgetting.mock.calls.map(([, listener]) => listener)).toEqual(
    listening.mock.calls.map(([, listener]) => listener),
  );
  expect(abandon).not.toHaveBeenCalled();
});

it('rejects at the abort, once, whatever becomes of the work', async () => {
  const controller = new AbortController();
  const abandon = vi.fn();
  const work = Promise.withResolvers<number>();
  const waiting = untilAborted(work.promise, controller.signal, 'unknown', abandon);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  work.reject(new Error('nobody waits for this'));
  const again = untilAborted(work.promise, controller.signal, 'not-applied', abandon);
  await expect(again).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
  expect(abandon).toHaveBeenCalledTimes(2);
});
