// Gives the process that imports this a temporary directory of its own: TMPDIR of it and of all that it starts. A run
// that ends by itself and leaves something there, or a process that has lost its parent, fails. However it dies,
// `strays-watcher.mjs` ends what is left.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentOf, processesWith } from './processes.mjs';

/** For what ends by itself, or removes itself, when its parent has gone: it may have gone just now. */
const PATIENCE_MS = 15_000;

const watcher = fork(fileURLToPath(new URL('./strays-watcher.mjs', import.meta.url)), {
  detached: true,
  execArgv: [],
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const [directory] = await once(watcher, 'message');
watcher.unref();
watcher.channel.unref();
process.env.TMPDIR = directory;
// Package managers and compilers would keep one there.
process.env.NODE_DISABLE_COMPILE_CACHE = '1';

process.once('exit', () => {
  const end = Date.now() + PATIENCE_MS;
  let left = strays();
  while (left.length > 0 && Date.now() < end) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    left = strays();
  }
  if (left.length === 0) return;
  console.error(`Left behind:\n  ${left.join('\n  ')}`);
  process.exitCode = 1;
});

function strays() {
  const orphans = processesWith(directory).filter(({ pid }) => !isOurs(pid));
  return [...readdirSync(directory), ...orphans.map(({ pid, command }) => `process ${pid}: ${command}`)];
}

/** What still has its parent ends with it. */
function isOurs(pid) {
  for (let each = pid; each > 1; each = parentOf(each)) if (each === process.pid) return true;
  return false;
}
