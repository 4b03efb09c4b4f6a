import { inCrowd } from './crowd.ts';
import { faultsOf } from './faults.ts';
import { endOf } from './ledger/record.ts';
import type { PartFindings, PartOptions } from './part.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { isTcp } from './strategies.ts';

/** One operation of so many lets a fault loose, on whomever it meets. */
const ARMED_ONE_IN = 3;
/** Whoever a black hole strikes is to give up before long. */
const LIMIT_MS = 2_000;
/** What was not used for so long is nobody's any more: longer than {@link LIMIT_MS}. */
const LEFT_MS = 3_000;
/** How often to look for it. */
const EACH_MS = 500;

/** Many at once on one pool, with faults among them. Which fault met whom is not known, but every word must be true. */
export function runStorm(target: SteeredTarget, options: PartOptions): Promise<PartFindings> {
  const kinds = faultsOf(target.strategy).filter(({ tears, alone }) => !tears && !alone);
  return inCrowd(target, options, {
    workers: 16,
    pool: 6,
    draws: 2,
    async run({ db, number, operation, random }) {
      const step = random.integer(0, operation.steps - 1);
      const kind = random.onceIn(ARMED_ONE_IN) ? random.weighted(kinds) : undefined;
      const atStep = async (at: number): Promise<void> => {
        if (kind !== undefined && at === step) await target.arm(kind.order(random));
      };
      const limits = { signal: AbortSignal.timeout(LIMIT_MS), timeoutMs: LIMIT_MS };
      return { fault: 'storm', step, ...(await endOf(operation.run({ db, number, atStep, options: limits }))) };
    },
    async during(work) {
      await whileExpiring(target, work);
      await target.disarm();
    },
  });
}

/** What was lost on the way to an HTTP endpoint holds its locks until a limit of idle time: that is to come soon. */
async function whileExpiring(target: SteeredTarget, work: Promise<unknown>): Promise<void> {
  if (isTcp(target.strategy)) return void (await work);
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, EACH_MS))]);
    await target.expire(LEFT_MS);
  }
}
