import { type Connection, sql } from '@sqlport/core';
import { type AloneOptions, chosen, movesOf } from './alone.ts';
import { faultsOf, PATIENCE_MS } from './faults.ts';
import { operationsOf } from './ledger/operation.ts';
import { endOf, type Record } from './ledger/record.ts';
import { Random } from './random.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { isTcp, open } from './strategies.ts';

export type StormOptions = Omit<AloneOptions, 'onRecord'>;

const WORKERS = 16;
const POOL = 6;
/** One operation of so many lets a fault loose, on whomever it meets. */
const ARMED_ONE_IN = 3;
const LIMIT_MS = 2_000;
/** The fault of every record of a storm. */
const STORM = 'storm';
/** How often, ms. */
const IDLE_EACH_MS = 500;

/** Many at once on one pool, with faults among them. Which fault met whom is not known, but every word must be true. */
export async function runStorm(target: SteeredTarget, options: StormOptions): Promise<readonly Record[]> {
  const { seed, from, to, change, only } = options;
  const operations = chosen(operationsOf(movesOf(seed)), only?.operations);
  const kinds = faultsOf(target.strategy).filter(({ tears, alone }) => !tears && !alone);
  const records: Record[] = [];
  await using db = open(target, POOL, change);
  let next = from;
  const worker = async (): Promise<void> => {
    while (next <= to) {
      const number = next++;
      const random = new Random(seed, number, 2);
      const operation = random.pick(operations);
      const step = random.integer(0, operation.steps - 1);
      const kind = random.onceIn(ARMED_ONE_IN) ? random.weighted(kinds) : undefined;
      const atStep = async (at: number): Promise<void> => {
        if (kind !== undefined && at === step) await target.arm(kind.order(random));
      };
      // Whoever a black hole strikes is to give up before long.
      const options = { signal: AbortSignal.timeout(LIMIT_MS), timeoutMs: LIMIT_MS };
      const ended = await endOf(operation.run({ db, number, atStep, options }));
      records.push({ number, operation, fault: STORM, step, tears: false, abandoned: false, ...ended });
    }
  };
  const workers = Promise.all(Array.from({ length: WORKERS }, worker));
  await whileIdleTimePasses(target, workers);
  await target.disarm();
  await checkHealth(db);
  await target.idle();
  return records;
}

/** What was lost on the way to an HTTP endpoint holds its locks until a limit of idle time: that is to come soon. */
async function whileIdleTimePasses(target: SteeredTarget, work: Promise<unknown>): Promise<void> {
  if (isTcp(target.strategy)) return void (await work);
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, IDLE_EACH_MS))]);
    await target.passIdleTime();
  }
}

/** When the faults are over, every place in the pool works. Rejects where one does not. */
export async function checkHealth(db: Connection): Promise<void> {
  await Promise.all(
    Array.from({ length: 4 * POOL }, (_, tag) =>
      db.query(sql`select cast(${tag} as decimal(12)) as tag`, { timeoutMs: PATIENCE_MS, idempotent: true }),
    ),
  );
}
