import { type AloneOptions, chosen, movesOf } from './alone.ts';
import { operationsOf } from './ledger/operation.ts';
import { endOf, type Record } from './ledger/record.ts';
import { Random } from './random.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { checkHealth } from './storm.ts';
import { open } from './strategies.ts';

const WORKERS = 12;
const POOL = 6;
/** The server is killed with one operation of so many. */
const CRASH_ONE_IN = 30;
/** The server dies while so much of its work is done, ms. */
const LATEST_MS = 12;
const LIMIT_MS = 5_000;

/** Many at once on one pool, while the database server is killed and started again, time after time. */
export async function runCrashes(target: SteeredTarget, options: AloneOptions): Promise<readonly Record[]> {
  const { seed, from, to, change, only } = options;
  const operations = chosen(operationsOf(movesOf(seed)), only?.operations);
  const records: Record[] = [];
  await using db = open(target, POOL, change);
  let next = from;
  let crash: Promise<void> | undefined;
  const worker = async (): Promise<void> => {
    while (next <= to) {
      const number = next++;
      const random = new Random(seed, number, 4);
      const operation = random.pick(operations);
      const delayMs = random.integer(0, LATEST_MS);
      if (number % CRASH_ONE_IN === 0) {
        crash ??= target.crash(delayMs).finally(() => {
          crash = undefined;
        });
      }
      const limits = { signal: AbortSignal.timeout(LIMIT_MS), timeoutMs: LIMIT_MS };
      const ended = await endOf(operation.run({ db, number, atStep: async () => {}, options: limits }));
      records.push({ number, operation, fault: 'crash', step: 0, tears: false, abandoned: false, ...ended });
      // One operation of each worker meets a crash: while the server is away there is nothing to learn.
      await crash;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  await checkHealth(db);
  await target.idle();
  return records;
}
