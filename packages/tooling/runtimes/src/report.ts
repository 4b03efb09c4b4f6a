import { DIFFERENCES } from './differences.ts';
import { EXAMPLES } from './examples.ts';
import type { Run } from './run.ts';

/** `docs/runtimes.md`: runtime × adapter × cases. The same results give the same text, on any machine. */
export function report(runs: readonly Run[]): string {
  const possible = runs.filter(({ impossible }) => impossible === undefined);
  return [
    '# Runtimes',
    '',
    'Written by `npm run test:runtimes -- --write`; do not edit. The packages, packed as they are published and installed',
    'by npm, ran the conformance cases that concern every dialect in each runtime, on real servers. The second number is',
    'of the cases that ran: those that need what a strategy does not have were skipped. Where a strategy differs in every',
    'runtime is told in [capabilities.md](capabilities.md).',
    '',
    ...table(
      ['runtime', 'version', 'strategy', 'cases passed'],
      runs.map((run) => [run.name, run.version, run.strategy, run.impossible ? 'does not run' : tally(run)]),
    ),
    '',
    '## Where a runtime differs',
    '',
    ...table(['runtime', 'strategy', 'case', 'reason'], possible.flatMap(differences)),
    '',
    '## Where a strategy does not run',
    '',
    ...table(
      ['runtime', 'strategy', 'reason'],
      runs.flatMap(({ name, strategy, impossible }) => (impossible ? [[name, strategy, impossible]] : [])),
    ),
    '',
    '## From an empty folder',
    '',
    'Each example was copied into an empty folder and installed there, with the same packages; then its own scripts ran, and it',
    'was called on local endpoints, a Lambda function as its build makes it, cold and warm. The command line was installed by',
    'itself: `sqlport --help`, and `doctor` and `query` on every strategy.',
    '',
    ...table(
      ['example', 'its own scripts'],
      EXAMPLES.map(({ name, scripts }) => [
        `[${name}](../examples/${name})`,
        scripts.map((each) => `\`${each}\``).join(', '),
      ]),
    ),
    '',
  ].join('\n');
}

function tally({ results }: Run): string {
  const count = (wanted: string): number => results.filter(({ status }) => status === wanted).length;
  return `${count('passed')} of ${results.length - count('skipped')}`;
}

function differences({ name, strategy, results }: Run): string[][] {
  const known = DIFFERENCES[name] ?? {};
  return results
    .filter(({ id, status }) => status === 'diverges' && Object.hasOwn(known, id))
    .map(({ id, reason = '' }) => [name, strategy, `\`${id}\``, reason]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
