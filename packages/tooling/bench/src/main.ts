/**
 * Compares sqlport with the raw drivers on real servers.
 *
 *     npm run bench [-- [--quick] [--write] [case …]]
 */
import { parseArgs } from 'node:util';
import type { Effort } from './case.ts';
import { CASES } from './cases/index.ts';
import { openMysql } from './contenders/mysql.ts';
import { openPostgres } from './contenders/postgres.ts';
import { writePage } from './performance-page.ts';
import { type Result, tableOf } from './report.ts';
import { startServers } from './servers.ts';
import { makeTables } from './tables.ts';

const FULL: Effort = { budgetMs: 6_000, leastRounds: 7, streamRows: [100_000, 1_000_000] };
const QUICK: Effort = { budgetMs: 150, leastRounds: 2, streamRows: [1_000, 10_000] };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const names = CASES.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no case ${unknown.join(', ')}. Cases: ${names.join(', ')}.`);
  process.exit(2);
}
if (values.write && (values.quick || positionals.length > 0)) {
  console.error('--write is for a full run of all cases.');
  process.exit(2);
}

await using servers = await startServers();
await using postgres = openPostgres(servers.configs['iam-pg']);
await using mysql = openMysql(servers.configs['iam-mysql2']);
await Promise.all([makeTables(postgres.db), makeTables(mysql.db)]);

const bench = { effort: values.quick ? QUICK : FULL, configs: servers.configs, postgres, mysql };
console.log('Ratios: the other divided by ours; above 1 ours is faster. In parentheses: half of the rounds lie there.');
const results: Result[] = [];
for (const each of CASES) {
  if (positionals.length > 0 && !positionals.includes(each.name)) continue;
  const result = { case: each, findings: await each.measure(bench) };
  results.push(result);
  console.log(tableOf(result));
}
if (values.write) await writePage(results);
