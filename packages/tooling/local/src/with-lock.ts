import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const heartbeatMs = 2_000;
/** A holder that has not been heard of for this long is dead. */
const staleMs = 15_000;
const intervalMs = 200;

/**
 * Lets one process at a time do something, also across containers that share the folder: a lock directory, whose
 * holder keeps it young. It saves double work; what is done inside must be harmless when done twice.
 */
export async function withLock<T>(lock: string, body: () => Promise<T>): Promise<T> {
  while (!(await acquire(lock))) {
    const age = Date.now() - (await stat(lock).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > staleMs) await rm(lock, { recursive: true, force: true });
    else await pause(intervalMs);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => {});
  }, heartbeatMs);
  try {
    return await body();
  } finally {
    clearInterval(heartbeat);
    await rm(lock, { recursive: true, force: true });
  }
}

const acquire = (lock: string): Promise<boolean> =>
  mkdir(lock).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
