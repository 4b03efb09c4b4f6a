import { mean } from 'simple-statistics';
import type { Effort } from './case.ts';
import { type Spread, spreadOf } from './spread.ts';

/** One operation, once. Resolves to how much it did, such as the rows read, which must be the same on every side. */
export type Operation = () => Promise<number>;

/** An operation, `count` times at once. */
export function atOnce(count: number, operation: (n: number) => Promise<number>): Operation {
  return async () => {
    const done = await Promise.all(Array.from({ length: count }, (_, n) => operation(n)));
    return done.reduce((sum, each) => sum + each, 0);
  };
}

/** Ours, and by their names the others that do the same. */
export interface Sides {
  readonly ours: Operation;
  readonly others: Readonly<Record<string, Operation>>;
}

/** How ours does against one other: the other's time divided by ours, so that above 1 ours is the faster. */
export interface Comparison {
  readonly subject: string;
  readonly other: string;
  readonly wall: Spread;
  /** Of this process only, all threads; the servers run in processes of their own. */
  readonly cpu: Spread;
  /** Undefined where no goal is set. */
  readonly reached?: boolean;
}

/** What one side took for one round. */
export interface Taken {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/**
 * What a side takes for its part of a round, on average, of time and of CPU: long against the clock's ticks, short
 * against a slow spell.
 */
const ROUND_MS = 30;
/** Operations by which to tell how many make a round. */
const TRIAL = 3;
const MOST_ROUNDS = 100;

/**
 * Runs all sides in small rounds, one side after the other, beginning with another one each round, and compares within
 * each round: what slows the machine down for a while slows all of them. Throws where the sides did not do the same.
 */
export async function compare(
  subject: string,
  sides: Sides,
  effort: Effort,
  { roundMs = ROUND_MS }: { readonly roundMs?: number } = {},
): Promise<readonly Comparison[]> {
  const operations = [sides.ours, ...Object.values(sides.others)];
  await warmUp(operations, effort);
  const trial = await round(operations, TRIAL, 0);
  const shorter = Math.min(mean(trial.map(({ wallMs }) => wallMs)), mean(trial.map(({ cpuMs }) => cpuMs)));
  const count = Math.max(1, Math.round((roundMs * TRIAL) / shorter));
  const rounds: Taken[][] = [];
  const startedAt = performance.now();
  while (
    rounds.length < effort.leastRounds ||
    (rounds.length < MOST_ROUNDS && performance.now() - startedAt < effort.budgetMs)
  ) {
    rounds.push(await round(operations, count, rounds.length));
  }
  return compared(subject, Object.keys(sides.others), rounds);
}

/** `rounds`: what each side took, ours first. */
export function compared(
  subject: string,
  others: readonly string[],
  rounds: readonly (readonly Taken[])[],
): readonly Comparison[] {
  const ratios = (side: number, of: keyof Taken) => rounds.map((taken) => taken[side]![of] / taken[0]![of]);
  return others.map((other, index) => ({
    subject,
    other,
    wall: spreadOf(ratios(index + 1, 'wallMs')),
    cpu: spreadOf(ratios(index + 1, 'cpuMs')),
  }));
}

/** The order of the sides in a round: each begins as often as any other. */
export function orderOf(sides: number, round: number): readonly number[] {
  const forwards = Array.from({ length: sides }, (_, index) => (index + Math.floor(round / 2)) % sides);
  return round % 2 === 0 ? forwards : forwards.reverse();
}

async function warmUp(operations: readonly Operation[], effort: Effort): Promise<void> {
  const until = performance.now() + effort.budgetMs / 6;
  do {
    const done = [];
    for (const operation of operations) done.push(await operation());
    if (new Set(done).size > 1) throw new Error(`The sides did not do the same: ${done.join(', ')}.`);
  } while (performance.now() < until);
}

async function round(operations: readonly Operation[], count: number, number: number): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const side of orderOf(operations.length, number)) taken[side] = await timed(operations[side]!, count);
  return taken;
}

async function timed(operation: Operation, count: number): Promise<Taken> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  for (let done = 0; done < count; done++) await operation();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}
