// Runs the README's test command and every other check, one after another, and counts: each test is one, each
// check is one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Name and command; the tests come first and are counted one by one. */
const CHECKS = [
  ['lint', 'npm run lint'],
  ['types', 'npm run types'],
  ['layers', 'npm run layers'],
  ['unused code', 'npm run unused'],
  ['build', 'npm run build'],
  ['packages', 'npm run packages'],
  ['sizes', 'npm run sizes'],
  ['capability table', 'npm run capabilities -- --check'],
  ['runtimes', 'npm run test:runtimes -- --check --built'],
  ['demo', 'npm run demo'],
];

const total = runTests();
for (const [name, command] of CHECKS) {
  console.log(`\n== ${name}: ${command}`);
  const passed = run(command);
  total[passed ? 'passed' : 'failed'] += 1;
  if (!passed) console.log(`== ${name} FAILED`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function run(command) {
  return spawnSync(command, { stdio: ['ignore', 'inherit', 'inherit'], shell: true }).status === 0;
}

/** A run that fails without a failing test (a crash, an unhandled error) counts as one failure. */
function runTests() {
  const directory = mkdtempSync(join(tmpdir(), 'sqlport-ci-'));
  const report = join(directory, 'tests.json');
  try {
    const passed = run(`npm test -- --reporter=default --reporter=json --outputFile.json=${report}`);
    const tests = JSON.parse(readFileSync(report, 'utf8'));
    const failed = passed ? 0 : Math.max(1, tests.numFailedTests);
    return { passed: tests.numPassedTests, failed, skipped: tests.numPendingTests + tests.numTodoTests };
  } catch (error) {
    console.error('The tests left no report:', error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
