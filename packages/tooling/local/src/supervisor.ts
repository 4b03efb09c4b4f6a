/**
 * A process of its own that owns the engines and their temporary directory. It lives as long as the channel to the
 * process that started it, and then ends the engines and removes the directory: a channel closes however its other
 * end died, SIGKILL included.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FromSupervisor, ToSupervisor } from './supervision.ts';

const patienceMs = 10_000;
const running = new Map<ChildProcess, NodeJS.Signals>();
let closing = false;

const directory = mkdtempSync(join(tmpdir(), 'sqlport-local-'));
// An engine that runs under another uid must be able to pass through to its own directory in here.
if (process.getuid?.() === 0) chmodSync(directory, 0o711);

process.on('message', ({ id, program }: ToSupervisor) => {
  const { command, args, env, uid, gid, logFile, stopSignal } = program;
  const log = openSync(logFile, 'a', 0o600);
  const owner = uid === undefined || gid === undefined ? {} : { uid, gid };
  const child = spawn(command, args, { cwd: directory, env, stdio: ['ignore', log, log], ...owner });
  closeSync(log);
  running.set(child, stopSignal);
  const ended = (code: number | null) => {
    running.delete(child);
    tell({ event: 'exited', id, code });
    if (closing) finishWhenIdle();
  };
  child.once('error', () => ended(null));
  child.once('exit', ended);
  if (child.pid !== undefined) tell({ event: 'started', id, pid: child.pid });
  if (closing) child.kill(stopSignal);
});
process.once('disconnect', close);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, close);
tell({ event: 'ready', directory });

function tell(message: FromSupervisor): void {
  if (process.connected) process.send!(message, () => {});
}

function close(): void {
  if (closing) return;
  closing = true;
  for (const [child, stopSignal] of running) child.kill(stopSignal);
  setTimeout(() => {
    for (const child of running.keys()) child.kill('SIGKILL');
  }, patienceMs).unref();
  finishWhenIdle();
}

function finishWhenIdle(): void {
  if (running.size > 0) return;
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(0);
}
