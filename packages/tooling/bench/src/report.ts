import Table from 'cli-table3';
import { markdownTable } from 'markdown-table';
import type { Case, Findings } from './case.ts';
import type { Spread } from './spread.ts';

/** What one case found. */
export interface Result {
  readonly case: Case;
  readonly findings: Findings;
}

/** For the terminal. */
export function tableOf({ case: { title, goal }, findings }: Result): string {
  const table = new Table({ head: headOf(findings), style: { head: [], border: [] } });
  table.push(...rowsOf(findings));
  return `\n${title}${goal === undefined ? '' : ` (goal: ${goal})`}\n${table}`;
}

/** For the documentation. */
export function markdownOf({ case: { title, goal }, findings }: Result): string {
  const table = markdownTable([headOf(findings), ...rowsOf(findings)]);
  return [`### ${title}`, ...(goal === undefined ? [] : [`Goal: ${goal}.`]), table].join('\n\n');
}

function headOf({ comparisons = [] }: Findings): string[] {
  return comparisons.length > 0 ? ['', 'against', 'time', 'CPU', 'goal'] : ['', 'measured', 'goal'];
}

function rowsOf({ comparisons = [], figures = [] }: Findings): string[][] {
  return [
    ...comparisons.map(({ subject, other, wall, cpu, reached }) => [
      subject,
      other,
      ratio(wall),
      ratio(cpu),
      verdict(reached),
    ]),
    ...figures.map(({ subject, value, reached }) => [subject, value, verdict(reached)]),
  ];
}

/** The median, and between what half of the rounds lie. */
function ratio({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)} – ${high.toFixed(2)})`;
}

function verdict(reached: boolean | undefined): string {
  return reached === undefined ? '' : reached ? 'reached' : 'missed';
}
