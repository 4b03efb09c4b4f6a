import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from './in-parallel.ts';
import type { PackedPackages } from './packed-packages.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** These belong to the workspace; the others are to be copied. */
const OWN = ['demo', 'tests'];
/** Installations and compilers at a time. */
const PARALLEL = 3;

/** The names of the tests that call an example, and of those that weigh it. */
const CALLS = 'cold and warm|the service is the same|is as large';

/** An example as its `package.json` describes it. */
export interface Example {
  readonly name: string;
  /** Its scripts that say whether it is right. */
  readonly scripts: readonly string[];
}

/** The examples of this repository, in the order of their names. */
export const EXAMPLES: readonly Example[] = globSync('examples/*/package.json', { cwd: ROOT })
  .toSorted()
  .map((file) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    return { name: file.split('/')[1]!, scripts: ['types', 'test'].filter((script) => script in scripts) };
  })
  .filter(({ name }) => !OWN.includes(name));

/** Copies every example to a folder of its own below `directory`, and installs it there. */
export async function installExamples(packed: PackedPackages, directory: string, signal: AbortSignal): Promise<void> {
  await inParallel(PARALLEL, EXAMPLES, ({ name }) =>
    packed.installProgram(join('examples', name), join(directory, name), signal),
  );
}

/**
 * Runs the scripts of the installed examples, then those of their tests in this repository that build each and call it
 * cold and warm.
 */
export async function runExamples(directory: string, signal: AbortSignal): Promise<void> {
  await inParallel(PARALLEL, EXAMPLES, async ({ name, scripts }) => {
    for (const script of scripts) await runCommand(['npm', 'run', script], join(directory, name), signal);
  });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const options = ['--config', 'vitest.workspace.ts', '--project', 'examples', '--testNamePattern', CALLS];
  await runCommand([process.execPath, vitest, 'run', ...options], ROOT, signal, { SQLPORT_EXAMPLES: directory });
}
