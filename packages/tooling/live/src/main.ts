/**
 * Runs the conformance suite against real services.
 *
 *     SQLPORT_LIVE_URL='iam-pg://… data-api://…' npm run test:live [-- --write]
 */
import { adapterOf } from './adapter.ts';
import { runSuite, type SuiteRun } from './run-suite.ts';
import { recordRuns } from './verified-page.ts';

const PAGE = new URL('../../../../docs/verified.md', import.meta.url);

const urls = (process.env.SQLPORT_LIVE_URL ?? '').split(/\s+/).filter((url) => url !== '');
if (urls.length === 0) {
  console.error(
    'Nothing to run on: set SQLPORT_LIVE_URL to one URL or several, separated by blanks. See docs/verified.md.',
  );
  process.exit(2);
}
const runs: SuiteRun[] = [];
for (const url of urls) {
  const run = await runSuite(await adapterOf(url));
  runs.push(run);
  console.log(
    `${run.adapter}, ${run.version}: ${run.passed} passed, ${run.failed.length} failed, ${run.skipped} skipped`,
  );
  for (const { id, reason } of run.failed) console.log(`  ${id}: ${reason}`);
}
console.log('Where a strategy is known to differ is in docs/capabilities.md.');
if (process.argv.includes('--write')) await recordRuns(PAGE, runs, new Date().toISOString().slice(0, 10));
if (runs.some(({ failed }) => failed.length > 0)) process.exitCode = 1;
