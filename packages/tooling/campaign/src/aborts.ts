import { getEventListeners } from 'node:events';
import { inCrowd } from './crowd.ts';
import { PATIENCE_MS } from './faults.ts';
import { endOf } from './ledger/record.ts';
import type { PartFindings, PartOptions } from './part.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { isTcp } from './strategies.ts';

/**
 * Over TCP more than the pool has places, so that some are ended while they wait for one. What was sent by HTTP cannot
 * be called back: more than a few would send faster than the servers work off what nobody waits for any more.
 */
const WORKERS = { tcp: 12, http: 4 };
/** Some operations are ended before they begin, some at the last moment. */
const LONGEST_MS = { tcp: 12, http: 40 };

/** Ends operations at random moments, by signal or by `timeoutMs`, many at once on one pool. */
export function runAborts(target: SteeredTarget, options: PartOptions): Promise<PartFindings> {
  const { signal: life } = new AbortController();
  const wire = isTcp(target.strategy) ? 'tcp' : 'http';
  return inCrowd(target, options, {
    workers: WORKERS[wire],
    pool: 4,
    draws: 3,
    async run({ db, number, operation, random }) {
      const ms = random.integer(1, LONGEST_MS[wire]);
      const run = (limits: { readonly signal: AbortSignal; readonly timeoutMs: number }) =>
        endOf(operation.run({ db, number, atStep: async () => {}, options: limits }));
      const isSignal = random.onceIn(2);
      const ended = isSignal ? await aborted(ms - 1, run) : await run({ signal: life, timeoutMs: ms });
      return { fault: isSignal ? 'signal' : 'timeoutMs', step: 0, ...ended };
    },
    left() {
      const listeners = getEventListeners(life, 'abort').length;
      return listeners > 0 ? [`${listeners} listeners left on a signal that lives on`] : [];
    },
  });
}

async function aborted<T>(
  ms: number,
  run: (limits: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await run({ signal: controller.signal, timeoutMs: PATIENCE_MS });
  } finally {
    clearTimeout(timer);
  }
}
