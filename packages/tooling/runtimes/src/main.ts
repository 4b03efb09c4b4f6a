/**
 * Runs the packed packages in every runtime, and by them the examples and the command line in empty folders.
 *
 *     npm run test:runtimes [-- [--write | --check] [--built]]
 *
 * --write writes docs/runtimes.md, --check fails when it is stale; --built packs what has been built already.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type StrategyName, startLocal } from '@sqlport/local';
import { runCommandLine } from './command-line.ts';
import { STRATEGIES } from './environment.ts';
import { EXAMPLES, installExamples, runExamples } from './examples.ts';
import { inParallel } from './in-parallel.ts';
import { installRuntimes } from './installed-runtimes.ts';
import { PackedPackages } from './packed-packages.ts';
import { report } from './report.ts';
import { addProgram, faultsOf, processRuntime, type Run, runStrategy, workerd } from './run.ts';
import { PROCESS_RUNTIMES, runtimePackages, workerdVersion } from './runtimes.ts';
import { runWorkerExample } from './worker-example.ts';

const PAGE = new URL('../../../../docs/runtimes.md', import.meta.url);
/** The adapter of each strategy. */
const ADAPTERS: Readonly<Record<StrategyName, string>> = {
  'iam-pg': 'iam-pg',
  'iam-mysql2': 'iam-mysql2',
  'data-api-postgres': 'data-api',
  'data-api-mysql': 'data-api',
  'tidb-serverless': 'tidb-serverless',
};
/** Runs at a time. Much of a run is waiting. */
const PARALLEL = 6;

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    built: { type: 'boolean', default: false },
  },
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stop.abort(new Error(`Stopped by ${signal}.`)));
}
const directory = await mkdtemp(join(tmpdir(), 'sqlport-runtimes-'));
try {
  const runs = await runAll(stop.signal);
  const wrong = runs.filter((run) => faultsOf(run).length > 0);
  const page = report(runs);
  if (wrong.length > 0) throw new Error(`${wrong.length} of ${runs.length} runs failed; see above.`);
  if (values.write) await writeFile(PAGE, page);
  if (values.check && (await readFile(PAGE, 'utf8')) !== page) {
    throw new Error('docs/runtimes.md is stale. Run `npm run test:runtimes -- --write` and commit it.');
  }
} catch (error) {
  const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
  console.error(reason instanceof Error ? reason.message : reason);
  process.exitCode = 1;
} finally {
  // Whatever else is still under way, of several things that were started at once.
  stop.abort();
  await rm(directory, { recursive: true, force: true });
}

async function runAll(signal: AbortSignal): Promise<readonly Run[]> {
  const adapters = [...new Set(Object.values(ADAPTERS))];
  const folderOf = (strategy: StrategyName): string => join(directory, ADAPTERS[strategy]);
  const examples = join(directory, 'examples');
  const commandLine = join(directory, 'command-line');
  const install = async (): Promise<void> => {
    console.log(`${values.built ? 'Packing' : 'Building, packing'} and installing the packages …`);
    const names = [...adapters, 'conformance', 'local'].map((name) => `@sqlport/${name}`);
    const packed = await PackedPackages.pack([...names, 'sqlport'], { directory, built: values.built, signal });
    const ready = async (adapter: string): Promise<void> => {
      await packed.install([`@sqlport/${adapter}`, '@sqlport/conformance'], join(directory, adapter), signal);
      await addProgram(join(directory, adapter));
    };
    await Promise.all([
      ...adapters.map(ready),
      packed.install(['sqlport'], commandLine, signal),
      installExamples(packed, examples, signal),
    ]);
  };
  await using local = await startLocal({ log: console.log });
  const [modules] = await Promise.all([installRuntimes(runtimePackages(), signal), install()]);
  const servers = { postgres: engineOf('postgres'), mysql: engineOf('mysql') };

  const runtimes = [
    ...PROCESS_RUNTIMES.map((runtime) => processRuntime(runtime, modules)),
    workerd(workerdVersion(modules), modules),
  ];
  const pairs = runtimes.flatMap((runtime) => STRATEGIES.map((strategy) => ({ runtime, strategy })));
  const runs = await inParallel(PARALLEL, pairs, async ({ runtime, strategy }) => {
    const run = await runStrategy(runtime, strategy, servers, folderOf(strategy), signal);
    const faults = faultsOf(run);
    console.log(`${faults.length === 0 ? '✓' : '✗'} ${runtime.name} ${runtime.version}, ${strategy}`);
    for (const fault of faults) console.log(`    ${fault}`);
    return run;
  });
  await runExamples(examples, signal);
  await runWorkerExample(modules, join(examples, 'worker-tidb-serverless'), servers, signal);
  for (const { name } of EXAMPLES) console.log(`✓ examples/${name}`);
  await runCommandLine(commandLine, servers, signal);
  console.log('✓ sqlport, the command line');
  return runs;

  function engineOf(name: 'postgres' | 'mysql'): string {
    const engine = local[name];
    if (engine === undefined) throw new Error(`There is no ${name} to run on; the warning above says why.`);
    return engine.url;
  }
}
