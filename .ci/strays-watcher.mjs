// A process of its own that owns the temporary directory of a run. When the run has died, SIGKILL included, it lets the
// run's processes end by themselves, kills those that do not, and removes the directory.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processesWith } from './processes.mjs';

/** Engines that are asked to end get ten seconds. */
const PATIENCE_MS = 12_000;

const directory = mkdtempSync(join(tmpdir(), 'sqlport-run-'));
// An engine that runs under another uid must be able to pass through to its own directory in here.
if (process.getuid?.() === 0) chmodSync(directory, 0o711);

process.once('disconnect', end);
// What ends the run ends it; this one goes last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.send(directory);

async function end() {
  const patience = Date.now() + PATIENCE_MS;
  for (let left = processesWith(directory); left.length > 0; left = processesWith(directory)) {
    if (Date.now() > patience) for (const { pid } of left) kill(pid);
    await pause(50);
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
