import type { Dialect, Traits } from '@sqlport/core/spi';
import type { CaseContext } from './context.ts';
import type { FaultName } from './fault.ts';

/** The parts of the contract, in the order in which they are reported. */
export const areas = [
  'query',
  'placeholders',
  'values-in',
  'values-out',
  'transactions',
  'savepoints',
  'isolation',
  'concurrency',
  'batch',
  'streams',
  'abort',
  'errors',
  'life-cycle',
  'bad-input',
  'injection',
] as const;

export type Area = (typeof areas)[number];

/**
 * What a case needs of its target. Without it the case is skipped, with this as the reason.
 * A capability in front of which `no ` stands is one that must be absent: its case proves the refusal.
 */
export type Need =
  | 'transactions'
  | 'no transactions'
  | 'incremental streams'
  | 'interleaved streams'
  | 'no interleaved streams'
  | 'server cancel'
  | 'a missing isolation level'
  | 'readers'
  | 'no readers'
  | 'own connections'
  | 'adapter module'
  | 'URLs that name a server'
  | 'tracing channels'
  | Traits['isolationLevels'][number]
  | `fault: ${FaultName}`;

/** One promise of the contract, and the code that finds out whether a target keeps it. Knows no test runner. */
export interface Case {
  /** `area/name`, or `area/dialect/name`: `values-out/postgres/int8-unsafe`. */
  readonly id: string;
  readonly area: Area;
  /** What is promised. */
  readonly title: string;
  /** Left out: every dialect. */
  readonly dialects?: readonly Dialect[];
  readonly needs?: readonly Need[];
  /** Rejects where the promise is not kept. Independent of every other case, in any order. */
  run(context: CaseContext): Promise<void>;
}

/** Makes the cases of one area, or of one dialect in it: their ids begin alike. */
export function casesOf(area: Area, dialect?: Dialect) {
  return (name: string, title: string, run: Case['run'], needs: readonly Need[] = []): Case => ({
    id: [area, dialect, name].filter(Boolean).join('/'),
    area,
    title,
    ...(dialect && { dialects: [dialect] }),
    needs,
    run,
  });
}
