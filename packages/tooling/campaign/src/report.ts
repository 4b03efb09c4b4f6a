import { markdownTable } from 'markdown-table';
import type { Findings } from './campaign.ts';
import type { Record } from './ledger/record.ts';

/** What came of one strategy, in numbers: all that is shown and written of it. */
export interface Summary {
  readonly strategy: string;
  /** Operations that a fault has struck, those of the storm not counted. */
  readonly struck: number;
  readonly parts: readonly { readonly name: string; readonly ends: Ends }[];
  readonly faults: readonly { readonly name: string; readonly ends: Ends }[];
  readonly abandoned: number;
  readonly heapBytesEach: number;
  /** Everything that is wrong; empty: the strategy has passed. */
  readonly failures: readonly string[];
}

/** How often operations ended in each way. */
interface Ends {
  readonly all: number;
  readonly ok: number;
  readonly notApplied: number;
  readonly applied: number;
  readonly unknown: number;
}

export function summaryOf(findings: Findings): Summary {
  const { strategy, alone, storm, aborts, crashes, lies, avoidable, leaks, heapBytesEach } = findings;
  const struck = alone.filter(({ fault }) => fault !== undefined);
  return {
    strategy,
    struck: struck.length,
    parts: [
      { name: 'a fault for each', ends: endsOf(struck) },
      { name: 'a storm on one pool', ends: endsOf(storm) },
      { name: 'aborts and time-outs', ends: endsOf(aborts) },
      { name: 'crashes of the server', ends: endsOf(crashes) },
    ],
    faults: [...Map.groupBy(struck, ({ fault }) => fault!)]
      .map(([name, records]) => ({ name, ends: endsOf(records) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    abandoned: alone.filter(({ abandoned }) => abandoned).length,
    heapBytesEach,
    failures: [...[...lies, ...avoidable].map(({ what, record }) => what + placeOf(record)), ...leaks],
  };
}

function placeOf(record: Record | undefined): string {
  if (record === undefined) return '';
  const { number, operation, fault, step } = record;
  return ` [operation ${number}, ${operation.name}; ${fault ?? 'no fault'}, step ${step}]`;
}

function endsOf(records: readonly Record[]): Ends {
  const count = (wanted: Record['end']): number => records.filter(({ end }) => end === wanted).length;
  return {
    all: records.length,
    ok: count('ok'),
    notApplied: count('not-applied'),
    applied: count('applied'),
    unknown: count('unknown'),
  };
}

/** What came of one strategy, the same for a terminal and for a page. */
export function reportOf({ parts, faults, failures, abandoned, heapBytesEach }: Summary): string {
  const found = failures.length === 0 ? 'No' : String(failures.length);
  const left = abandoned === 0 ? '' : ` ${abandoned.toLocaleString('en')} left to an idle limit.`;
  return [
    `${found} lies, avoidable \`unknown\`s or leaks.${left} The heap grew by ${heapBytesEach} bytes an operation.`,
    table('part', parts),
    table('fault', faults),
  ].join('\n\n');
}

const ENDS = ['operations', 'done', '`not-applied`', '`applied`', '`unknown`', 'share of `unknown`'];

function cellsOf({ all, ok, notApplied, applied, unknown }: Ends): string[] {
  const share = all === 0 ? '' : `${((100 * unknown) / all).toFixed(1)} %`;
  return [...[all, ok, notApplied, applied, unknown].map((count) => count.toLocaleString('en')), share];
}

function table(head: string, rows: readonly { readonly name: string; readonly ends: Ends }[]): string {
  const cells = rows.map(({ name, ends }) => [name, ...cellsOf(ends)]);
  return markdownTable([[head, ...ENDS], ...cells], { align: ['l', ...ENDS.map(() => 'r')] });
}
