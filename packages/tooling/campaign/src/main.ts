/**
 * Proves by a ledger, under faults, that what errors say of their statements is true.
 *
 *     npm run campaign [-- [--strategy name]… [--seed n] [--operations n] [--long] [--write]]
 */
import { parseArgs } from 'node:util';
import { type Effort, runStrategy } from './campaign.ts';
import { writeResults } from './reliability-page.ts';
import { reportOf, summaryOf } from './report.ts';
import { Servers } from './servers/servers.ts';
import { STRATEGIES, type Strategy } from './strategies.ts';

/** 100,000 operations that a fault strikes: one in eight is spared, and faults of sessions spare what has none. */
const longEffort = (strategy: Strategy): Effort => ({
  alone: strategy === 'tidb-serverless' ? 134_000 : 121_000,
  storm: 10_000,
  aborts: 10_000,
  crashes: 1_000,
  lanes: 24,
});

const { values } = parseArgs({
  options: {
    strategy: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    operations: { type: 'string', default: '2000' },
    long: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const operations = Number(values.operations);
const strategies = values.strategy ?? [...STRATEGIES];
const unknown = strategies.filter((name) => !(STRATEGIES as readonly string[]).includes(name));
if (unknown.length > 0) end(`There is no strategy ${unknown.join(', ')}. Strategies: ${STRATEGIES.join(', ')}.`);
if (!Number.isSafeInteger(seed)) end('--seed takes an integer.');
if (!Number.isSafeInteger(operations) || operations < 10) end('--operations takes an integer of 10 or more.');

const part = Math.ceil(operations / 10);
const shortEffort: Effort = { alone: operations, storm: part, aborts: part, crashes: part, lanes: 8 };

await using servers = await Servers.start();
for (const strategy of strategies as Strategy[]) {
  const effort = values.long ? longEffort(strategy) : shortEffort;
  const onPart = (part: string, count: number) => console.error(`${strategy}: ${part}, ${count} operations …`);
  const summary = summaryOf(await runStrategy(servers, strategy, { seed, effort, onPart }));
  const report = reportOf(summary);
  console.log(`\n${strategy}\n\n${report}`);
  for (const failure of summary.failures) console.error(`  ${failure}`);
  if (summary.failures.length > 0) process.exitCode = 1;
  if (values.write) await writeResults(strategy, `${provenanceOf(strategy)}\n\n${report}`);
}
/** What repeats it, and where and when it was run. */
function provenanceOf(strategy: Strategy): string {
  const form = values.long ? '--long' : `--operations ${operations}`;
  const where = `Node.js ${process.versions.node}, ${process.platform} ${process.arch}`;
  return `\`npm run campaign -- --strategy ${strategy} ${form} --seed ${seed}\`; ${where}; ${new Date().toISOString().slice(0, 10)}.`;
}

function end(message: string): never {
  console.error(message);
  process.exit(2);
}
