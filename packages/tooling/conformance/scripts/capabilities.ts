/**
 * Makes `docs/capabilities.md` of the results that the conformance tests left behind.
 *
 *     node packages/tooling/conformance/scripts/capabilities.ts --write   writes it
 *     node packages/tooling/conformance/scripts/capabilities.ts --check   exits 1 when it is stale
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { capabilitiesReport, type TargetReport } from '../src/capabilities-report.ts';

const root = new URL('../../../../', import.meta.url);
const folder = new URL('node_modules/.cache/sqlport-conformance/', root);
const document = new URL('docs/capabilities.md', root);

const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const reports = files.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as TargetReport);
const failed = reports.flatMap(({ target, results }) =>
  results.filter(({ status }) => status === 'failed').map(({ id }) => `${target}: ${id}`),
);

if (reports.length === 0) {
  stop('There are no results. Run the tests first: npm test');
} else if (failed.length > 0) {
  stop(`Cases failed, so there is nothing to write:\n${failed.join('\n')}`);
} else if (process.argv.includes('--write')) {
  writeFileSync(document, capabilitiesReport(reports));
  console.log(`wrote ${fileURLToPath(document)}`);
} else if (!process.argv.includes('--check')) {
  stop('Say --write or --check.');
} else if (!existsSync(document) || readFileSync(document, 'utf8') !== capabilitiesReport(reports)) {
  stop('docs/capabilities.md is stale. Run this script with --write and commit it.');
} else {
  console.log('docs/capabilities.md is up to date');
}

function stop(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
