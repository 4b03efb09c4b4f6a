import { interrupted } from '@sqlport/core/spi';

/** Waits for work that others may wait for too: an aborted `signal` ends this wait, not the work. */
export function waitFor<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work();
  return new Promise((resolve, reject) => {
    const abort = () => reject(interrupted(signal, 'not-applied'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    const done = () => signal.removeEventListener('abort', abort);
    work().then(resolve, reject).finally(done);
  });
}
