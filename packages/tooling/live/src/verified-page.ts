import { readFile, writeFile } from 'node:fs/promises';
import type { SuiteRun } from './run-suite.ts';

const BEGIN = '<!-- recorded: written by npm run test:live -->';
const END = '<!-- end of what was recorded -->';
const HEAD = ['| date | adapter | server | passed | skipped | failed |', '| --- | --- | --- | --- | --- | --- |'];

/** Adds runs to a page, below those of before, with the day they were made on. */
export async function recordRuns(page: URL, runs: readonly SuiteRun[], day: string): Promise<void> {
  const text = await readFile(page, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin) throw new Error('The page has no place for what is recorded.');
  const before = text.slice(begin + BEGIN.length, end).split('\n');
  const rows = before.filter((line) => line.startsWith('|')).slice(HEAD.length);
  const table = [...HEAD, ...rows, ...runs.map((run) => rowOf(run, day))].join('\n');
  await writeFile(page, `${text.slice(0, begin)}${BEGIN}\n\n${table}\n\n${text.slice(end)}`);
}

function rowOf({ adapter, version, passed, skipped, failed }: SuiteRun, day: string): string {
  const ids = failed.map(({ id }) => `\`${id}\``).join(', ');
  return `| ${[day, adapter, version.replaceAll('|', '\\|'), passed, skipped, ids || 'none'].join(' | ')} |`;
}
