import { inCrowd } from './crowd.ts';
import { endOf } from './ledger/record.ts';
import type { PartFindings, PartOptions } from './part.ts';
import type { SteeredTarget } from './servers/servers.ts';

/** The server is killed with one operation of so many. */
const CRASH_ONE_IN = 30;
/** The server dies while so much of its work is done, ms. */
const LATEST_MS = 12;
const LIMIT_MS = 5_000;

/** Many at once on one pool, while the database server is killed and started again, time after time. */
export function runCrashes(target: SteeredTarget, options: PartOptions): Promise<PartFindings> {
  let crash: Promise<void> | undefined;
  return inCrowd(target, options, {
    workers: 12,
    pool: 6,
    draws: 4,
    async run({ db, number, operation, random }) {
      const delayMs = random.integer(0, LATEST_MS);
      if (number % CRASH_ONE_IN === 0) {
        crash ??= target.crash(delayMs).finally(() => {
          crash = undefined;
        });
      }
      const limits = { signal: AbortSignal.timeout(LIMIT_MS), timeoutMs: LIMIT_MS };
      const ended = await endOf(operation.run({ db, number, atStep: async () => {}, options: limits }));
      // One operation of each worker meets a crash: while the server is away there is nothing to learn.
      await crash;
      return { fault: 'crash', step: 0, ...ended };
    },
  });
}
