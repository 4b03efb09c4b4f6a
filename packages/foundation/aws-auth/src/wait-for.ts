import { interrupted, untilAborted } from '@sqlport/core/spi';

/** Waits for work that others may wait for too: an aborted `signal` ends this wait, not the work. */
export async function waitFor<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal?.aborted) throw interrupted(signal, 'not-applied');
  return untilAborted(work(), signal, 'not-applied');
}
