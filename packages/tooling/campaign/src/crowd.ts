import { type Connection, sql } from '@sqlport/core';
import { PATIENCE_MS } from './faults.ts';
import { type Operation, operationsOf } from './ledger/operation.ts';
import { endOf, type Record } from './ledger/record.ts';
import { chosen, movesOf, type PartFindings, type PartOptions } from './part.ts';
import { Random } from './random.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { open } from './strategies.ts';

/** One operation of many that run at once. */
interface OneInCrowd {
  readonly db: Connection;
  readonly number: number;
  readonly operation: Operation;
  readonly random: Random;
}

/** How many run at once, on what, and what each of them does. */
export interface Crowd {
  readonly workers: number;
  /** Places in the pool that they share. */
  readonly pool: number;
  /** Tells the draws of one part from those of another: 1 is that of the moves. */
  readonly draws: number;
  run(one: OneInCrowd): Promise<Omit<Record, 'number' | 'operation' | 'tears' | 'abandoned'>>;
  /** What goes on beside the work, and behind it while the connection is open. Default: nothing. */
  readonly during?: (work: Promise<unknown>) => Promise<unknown>;
  /** What the work has left behind, in words. Default: nothing. */
  readonly left?: () => readonly string[];
}

/** Queries of {@link brokenPlaces}: more than any pool here has places. */
const HEALTH_QUERIES = 24;

/** Runs the operations many at once on one pool, and sees that the pool is sound afterwards. */
export async function inCrowd(
  target: SteeredTarget,
  { seed, from, to, change, only }: PartOptions,
  { workers, pool, draws, run, during = (work) => work, left = () => [] }: Crowd,
): Promise<PartFindings> {
  const operations = chosen(operationsOf(movesOf(seed)), only?.operations);
  const records: Record[] = [];
  await using db = open(target, pool, change);
  let next = from;
  const worker = async (): Promise<void> => {
    while (next <= to) {
      const number = next++;
      const random = new Random(seed, number, draws);
      const operation = random.pick(operations);
      const told = await run({ db, number, operation, random });
      records.push({ number, operation, tears: false, abandoned: false, ...told });
    }
  };
  await during(Promise.all(Array.from({ length: workers }, worker)));
  // What was lost on the way to an HTTP endpoint holds its connections.
  await target.idle();
  const broken = await brokenPlaces(db);
  await target.idle();
  return { records, left: [...left(), ...broken] };
}

/** When the faults are over, every place in the pool works: which do not, in words. Whose rows come is not asked. */
async function brokenPlaces(db: Connection): Promise<readonly string[]> {
  const limits = { timeoutMs: PATIENCE_MS, idempotent: true };
  const queries = Array.from({ length: HEALTH_QUERIES }, (_, number) => endOf(db.query(sql`select ${number}`, limits)));
  const ends = await Promise.all(queries);
  return ends.flatMap(({ thrown }) => (thrown === '' ? [] : [`a place in the pool no longer works: ${thrown}`]));
}
