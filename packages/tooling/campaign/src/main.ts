/**
 * Proves by a ledger, under faults, that what errors say of their statements is true.
 *
 *     npm run campaign [-- [--strategy name]… [--seed n] [--operations n] [--long] [--write]]
 */
import { parseArgs } from 'node:util';
import { type Effort, runStrategy } from './campaign.ts';
import { writePage } from './reliability-page.ts';
import { reportOf, type Summary, summaryOf } from './report.ts';
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
if (values.write && values.strategy) end('--write is for a run of all strategies.');

const part = Math.ceil(operations / 10);
const shortEffort: Effort = { alone: operations, storm: part, aborts: part, crashes: part, lanes: 8 };

await using servers = await Servers.start();
const summaries: Summary[] = [];
for (const strategy of strategies as Strategy[]) {
  const effort = values.long ? longEffort(strategy) : shortEffort;
  const summary = summaryOf(await runStrategy(servers, strategy, { seed, effort }));
  summaries.push(summary);
  console.log(`${strategy}: ${summary.struck} operations struck, ${summary.failures.length} failures`);
  for (const failure of summary.failures) console.error(`  ${failure}`);
}
const report = reportOf(summaries);
console.log(`\n${report}`);
if (values.write) {
  const today = new Date().toISOString().slice(0, 10);
  const form = values.long ? '--long' : `--operations ${operations}`;
  const where = `Node.js ${process.versions.node}, ${process.platform} ${process.arch}; ${today}`;
  await writePage(`\`npm run campaign -- ${form} --seed ${seed}\`; ${where}.\n\n${report}`);
}
if (summaries.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

function end(message: string): never {
  console.error(message);
  process.exit(2);
}
