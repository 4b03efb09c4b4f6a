import type { Lease } from '@sqlport/core/spi/pool';
import type { PhysicalConnection } from './physical-connection.ts';

/** A connection on loan to one call. */
export type Loan = Lease<PhysicalConnection>;

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
