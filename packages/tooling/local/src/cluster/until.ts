import { setTimeout as pause } from 'node:timers/promises';

/** Throws when it has not become true within a minute. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('a reader does not follow the writer');
    await pause(10);
  }
}
