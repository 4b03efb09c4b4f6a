import { getEventListeners } from 'node:events';
import { chosen, movesOf } from './alone.ts';
import { PATIENCE_MS } from './faults.ts';
import { operationsOf } from './ledger/operation.ts';
import { endOf, type Record } from './ledger/record.ts';
import { Random } from './random.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { checkHealth, type StormOptions } from './storm.ts';
import { isTcp, open } from './strategies.ts';

/**
 * Over TCP more than the pool has places, so that some are ended while they wait for one. What was sent by HTTP cannot
 * be called back: more than a few would send faster than the servers work off what nobody waits for any more.
 */
const WORKERS = { tcp: 12, http: 4 };
const POOL = 4;
/** Some operations are ended before they begin, some at the last moment. */
const LONGEST_MS = { tcp: 12, http: 40 };

/** Ends operations at random moments, by signal or by `timeoutMs`, many at once on one pool. */
export async function runAborts(target: SteeredTarget, options: StormOptions): Promise<readonly Record[]> {
  const { seed, from, to, change, only } = options;
  const operations = chosen(operationsOf(movesOf(seed)), only?.operations);
  const records: Record[] = [];
  const { signal: life } = new AbortController();
  await using db = open(target, POOL, change);
  const wire = isTcp(target.strategy) ? 'tcp' : 'http';
  const longestMs = LONGEST_MS[wire];
  let next = from;
  const worker = async (): Promise<void> => {
    while (next <= to) {
      const number = next++;
      const random = new Random(seed, number, 3);
      const operation = random.pick(operations);
      const ms = random.integer(1, longestMs);
      const run = (limits: { readonly signal?: AbortSignal; readonly timeoutMs: number }) =>
        endOf(operation.run({ db, number, atStep: async () => {}, options: limits }));
      const isSignal = random.onceIn(2);
      const ended = isSignal ? await aborted(ms - 1, run) : await run({ signal: life, timeoutMs: ms });
      const fault = isSignal ? 'signal' : 'timeoutMs';
      records.push({ number, operation, fault, step: 0, tears: false, abandoned: false, ...ended });
    }
  };
  await Promise.all(Array.from({ length: WORKERS[wire] }, worker));
  await checkHealth(db);
  const listeners = getEventListeners(life, 'abort').length;
  if (listeners > 0) throw new Error(`${listeners} listeners are left on a signal that lives on.`);
  await target.idle();
  return records;
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
