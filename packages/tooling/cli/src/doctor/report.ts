import pc from 'picocolors';
import { print } from '../output.ts';
import { printable } from '../printable.ts';
import type { Checked, Status } from './check.ts';

const SIGNS: Readonly<Record<Status, string>> = {
  ok: pc.green('✓'),
  failed: pc.red('✗'),
  warning: pc.yellow('!'),
  unknown: pc.dim('?'),
  skipped: pc.dim('–'),
};

const NAME_WIDTH = 'read and write'.length;

/** One line for a check, and a line for each cure. */
export async function tellCheck({ name, status, detail, cures = [], durationMs }: Checked): Promise<void> {
  const time = status === 'skipped' ? '' : pc.dim(` ${durationMs.toFixed(0)} ms`);
  await print(`${SIGNS[status]} ${pc.bold(name.padEnd(NAME_WIDTH))} ${printable(detail)}${time}`);
  for (const cure of cures) await print(`    → ${printable(cure)}`);
}

/** The last line. */
export async function tellSummary(checked: readonly Checked[]): Promise<void> {
  const failed = checked.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const text = failed.length === 0 ? pc.green('All is well.') : pc.red(`Not well: ${failed.join(', ')}.`);
  await print(`\n${text}`);
}
