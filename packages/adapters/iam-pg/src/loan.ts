import { interrupted, type Outcome } from '@sqlport/core/spi';
import type { Lease } from '@sqlport/core/spi/pool';
import type { PhysicalConnection } from './physical-connection.ts';

/** A connection on loan to one call. */
export type Loan = Lease<PhysicalConnection>;

/** Settles as `work` does, or at once when `signal` is aborted; then `outcome` is said of the work. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, outcome: Outcome): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(interrupted(signal, outcome));
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Settles as `work` does, or to undefined when it takes too long or fails. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  const result = await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
  return result;
}
