import { untilAborted } from '@sqlport/core/spi';
import type { Lease } from '@sqlport/core/spi/pool';
import type { PhysicalConnection } from './physical-connection.ts';

/** How long the server may take for what nobody waits for any more. */
export const END_MS = 5_000;

/** Gives a connection back when the server has answered what ends its transaction; gives it up where that takes too long. */
export async function giveBackAfter(lease: Lease<PhysicalConnection>, answer: Promise<unknown>): Promise<void> {
  try {
    await untilAborted(answer, AbortSignal.timeout(END_MS), 'unknown');
    lease.release();
  } catch {
    lease.destroy();
  }
}
