import { setTimeout as pause } from 'node:timers/promises';
import type { RunningProgram } from './supervision.ts';

const deadlineMs = 60_000;
const intervalMs = 25;

/**
 * Tries to reach a server that is starting until it answers.
 * Undefined when it ended instead; throws the last failure when it is not ready within a minute.
 */
export async function waitUntilReady<T>(server: RunningProgram, reach: () => Promise<T>): Promise<T | undefined> {
  const deadline = Date.now() + deadlineMs;
  while (!server.hasExited) {
    try {
      return await reach();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(intervalMs);
    }
  }
  return undefined;
}
