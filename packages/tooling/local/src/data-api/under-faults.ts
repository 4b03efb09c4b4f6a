import { setTimeout } from 'node:timers/promises';
import { type Fault, faultError } from './faults.ts';

/** The connection is to be cut instead of an answer. */
export class ConnectionDropped extends Error {
  override name = 'ConnectionDropped';
}

/** Runs a call, and lets the faults happen that come before and after it. */
export async function underFaults<T>(faults: readonly Fault[], resourceArn: string, run: () => Promise<T>): Promise<T> {
  for (const fault of faults) {
    if ('latencyMs' in fault) await setTimeout(fault.latencyMs);
  }
  strike(faults, resourceArn, 'before');
  const [outcome] = await Promise.allSettled([(async () => run())()]);
  strike(faults, resourceArn, 'after');
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

function strike(faults: readonly Fault[], resourceArn: string, moment: 'before' | 'after'): void {
  for (const fault of faults) {
    if ('drop' in fault && fault.drop === moment) throw new ConnectionDropped();
    if ('fail' in fault && (fault.when ?? 'before') === moment) throw faultError(fault.fail, resourceArn);
  }
}
