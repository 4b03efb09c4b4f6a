import type { Dialect, Traits } from '@sqlport/core';
import { type Area, areas, type Case } from './case.ts';
import { cases } from './cases/index.ts';
import type { CaseResult } from './run-case.ts';

/** The results of a whole run on one target; plain JSON. */
export interface TargetReport {
  readonly target: string;
  readonly dialect: Dialect;
  readonly traits: Traits;
  readonly results: readonly Pick<CaseResult, 'id' | 'status' | 'reason'>[];
}

/** `docs/capabilities.md`: adapter × capability × cases. The same results give the same text, on any machine. */
export function capabilitiesReport(reports: readonly TargetReport[]): string {
  const sorted = [...reports].sort((a, b) => (a.target < b.target ? -1 : 1));
  return [
    '# Capabilities',
    '',
    'Written by the conformance suite; do not edit. Each number is a count of cases that passed on a real server,',
    'out of those that concern the dialect.',
    '',
    '## What each adapter can do',
    '',
    ...table(
      ['capability', ...sorted.map(({ target }) => target)],
      traitNames(sorted).map((name) => [name, ...sorted.map(({ traits }) => traitText(traits[name]))]),
    ),
    '',
    '## Cases passed, by area',
    '',
    ...table(
      ['area', ...sorted.map(({ target }) => target)],
      [...areas, undefined].map((area) => [area ?? '**all**', ...sorted.map((report) => tally(report, area))]),
    ),
    '',
    '## Where an adapter differs from the TCP adapter of its dialect',
    '',
    ...listed(sorted, 'diverges', 'No adapter does.'),
    '',
    '## Cases that an adapter has no use for',
    '',
    ...listed(sorted, 'skipped', 'There are none.'),
    '',
  ].join('\n');
}

function traitNames(reports: readonly TargetReport[]): (keyof Traits)[] {
  const names = new Set(reports.flatMap(({ traits }) => Object.keys(traits) as (keyof Traits)[]));
  return [...names];
}

function traitText(value: Traits[keyof Traits]): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

const casesById: ReadonlyMap<string, Case> = new Map(cases.map((c) => [c.id, c]));

/** The results that concern a target's dialect, of one area or of all. */
function resultsOf({ dialect, results }: TargetReport, area: Area | undefined): TargetReport['results'] {
  return results.filter(({ id }) => {
    const known = casesById.get(id);
    return known && (known.dialects?.includes(dialect) ?? true) && (area === undefined || known.area === area);
  });
}

function tally(report: TargetReport, area: Area | undefined): string {
  const results = resultsOf(report, area);
  return `${results.filter(({ status }) => status === 'passed').length} of ${results.length}`;
}

function listed(reports: readonly TargetReport[], status: CaseResult['status'], none: string): string[] {
  const rows = reports.flatMap((report) =>
    resultsOf(report, undefined)
      .filter((result) => result.status === status)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, reason = '' }) => [report.target, `\`${id}\``, reason]),
  );
  return rows.length === 0 ? [none] : table(['adapter', 'case', 'reason'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
