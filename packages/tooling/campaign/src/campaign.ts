import { runAborts } from './aborts.ts';
import { runAlone } from './alone.ts';
import { runCrashes } from './crashes.ts';
import { faultsOf } from './faults.ts';
import { avoidableIn } from './ledger/avoidable.ts';
import type { Record } from './ledger/record.ts';
import { makeTables, readTables } from './ledger/tables.ts';
import { type Lie, liesIn } from './ledger/verdict.ts';
import { movesOf, type Only, type PartFindings, type PartOptions } from './part.ts';
import type { Servers, SteeredTarget } from './servers/servers.ts';
import { runStorm } from './storm.ts';
import type { Change, Strategy } from './strategies.ts';
import { heapBytes, ProcessWatch } from './watch/process.ts';
import { leftOnServers } from './watch/target.ts';

/** How much to do. */
export interface Effort {
  /** Operations one after the other, each with a fault of its own. */
  readonly alone: number;
  /** Operations many at once, with faults among them. */
  readonly storm: number;
  readonly aborts: number;
  /** Operations many at once, while the database server is killed and started again. */
  readonly crashes: number;
  /** How many do the first part side by side, each with servers' endpoints and a database of its own. */
  readonly lanes: number;
}

export interface CampaignOptions {
  readonly seed: number;
  readonly effort: Effort;
  readonly change?: Change;
  readonly only?: Only;
  /** Told when a part begins. */
  readonly onPart?: (part: Part, operations: number) => void;
}

/** What came of one strategy. */
export interface Findings {
  readonly strategy: Strategy;
  readonly alone: readonly Record[];
  readonly storm: readonly Record[];
  readonly aborts: readonly Record[];
  readonly crashes: readonly Record[];
  /** What was said and is not so; empty: nothing. */
  readonly lies: readonly Lie[];
  /** What could have been said more exactly. */
  readonly avoidable: readonly Lie[];
  readonly leaks: readonly string[];
  /** By how much the heap grew an operation, the records included that are kept of each. */
  readonly heapBytesEach: number;
}

type Part = 'alone' | 'storm' | 'aborts' | 'crashes';

const PARTS: {
  readonly [part in Part]: (target: SteeredTarget, options: PartOptions) => Promise<PartFindings>;
} = { alone: runAlone, storm: runStorm, aborts: runAborts, crashes: runCrashes };

/** Runs one strategy. Never rejects for what the strategy does wrong: that is in the findings. */
export async function runStrategy(servers: Servers, strategy: Strategy, options: CampaignOptions): Promise<Findings> {
  const { seed, effort } = options;
  const found: { [part in Part]: Record[] } = { alone: [], storm: [], aborts: [], crashes: [] };
  const lies: Lie[] = [];
  const leaks: string[] = [];
  const run = async (part: Part, from: number, to: number): Promise<void> => {
    if (to < from) return;
    // Endpoints log every call: what is over is not to fill memory while the rest runs.
    await using target = await servers.open(strategy, { mayCrash: part === 'crashes' });
    await makeTables(target, from, to);
    const { records, left } = await PARTS[part](target, { ...options, from, to });
    found[part].push(...records);
    leaks.push(...left, ...(await leftOnServers(target)));
    lies.push(...liesIn(records, await readTables(target), movesOf(seed)));
  };

  using watch = new ProcessWatch();
  const heapBefore = heapBytes();
  for (const part of Object.keys(PARTS) as Part[]) {
    const operations = effort[part];
    if (operations > 0) options.onPart?.(part, operations);
    const shares = sharesOf(operations, part === 'alone' ? effort.lanes : 1);
    await Promise.all(shares.map(([from, to]) => run(part, from, to)));
  }
  leaks.push(...(await watch.leaks()));
  const operations = effort.alone + effort.storm + effort.aborts + effort.crashes;
  return {
    strategy,
    ...found,
    lies,
    avoidable: avoidableIn(found.alone, faultsOf(strategy)),
    leaks,
    heapBytesEach: Math.round((heapBytes() - heapBefore) / operations),
  };
}

/** The numbers from 1 to `count`, cut into shares that are about equal. */
function sharesOf(count: number, shares: number): readonly (readonly [number, number])[] {
  const border = (index: number) => Math.floor((count * index) / shares);
  return Array.from({ length: shares }, (_, index) => [border(index) + 1, border(index + 1)] as const);
}
