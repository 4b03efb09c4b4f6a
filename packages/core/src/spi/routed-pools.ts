import type { ErrorCode } from '@sqlport/dialect';
import { isConnectorError } from '../errors.ts';
import type { Route } from '../options.ts';
import type { Lease, Pool, Use } from './pool.ts';

/** Who answers `route: 'reader'` while no reader does. */
export type ReaderFallback = 'writer' | 'none';

/** A reader that could not be reached is left alone for so long. */
const LEFT_ALONE_MS = 10_000;
/** What is the matter with the reader, and not with what is asked of it or how it is configured. */
const OUT_OF_REACH: ReadonlySet<ErrorCode> = new Set(['UNREACHABLE', 'RESUMING', 'THROTTLED']);

/**
 * A pool for the writer and one for each reader. Readers take turns. One that cannot be reached is passed over; after a
 * while, by the wall clock, a call that another server answers also sees whether it is back.
 */
export class RoutedPools<C> {
  readonly #writer: Pool<C>;
  readonly #readers: readonly Pool<C>[];
  readonly #fallback: ReaderFallback;
  readonly #examined = new Set<Pool<C>>();
  #turn = 0;

  constructor(writer: Pool<C>, readers: readonly Pool<C>[] = [], fallback: ReaderFallback = 'writer') {
    this.#writer = writer;
    this.#readers = readers;
    this.#fallback = fallback;
  }

  /** As `Pool.acquire`; throws what opening a connection to the last reader threw where nobody else may answer. */
  async acquire(signal: AbortSignal | undefined, use: Use, route: Route = 'writer'): Promise<Lease<C>> {
    if (route === 'writer' || this.#readers.length === 0) return this.#writer.acquire(signal, use);
    let failure: unknown;
    for (const pool of this.#inTurn()) {
      try {
        return await pool.acquire(signal, use);
      } catch (error) {
        if (!isConnectorError(error) || !OUT_OF_REACH.has(error.code)) throw error;
        failure = error;
      }
    }
    if (this.#fallback === 'none') throw failure;
    return this.#writer.acquire(signal, use);
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer, ...this.#readers].map((pool) => pool.close()));
  }

  /** The readers to ask, the one whose turn it is first. */
  #inTurn(): readonly Pool<C>[] {
    const start = this.#turn++ % this.#readers.length;
    const all = [...this.#readers.slice(start), ...this.#readers.slice(0, start)];
    const reached = all.filter(({ failedAt }) => failedAt === undefined);
    if (reached.length === 0 && this.#fallback === 'none') return all;
    for (const pool of all) void this.#examine(pool);
    return reached;
  }

  /** Tries to open a connection to a reader that has been left alone for long enough; nobody waits for it. */
  async #examine(pool: Pool<C>): Promise<void> {
    const { failedAt } = pool;
    if (failedAt === undefined || Math.abs(Date.now() - failedAt) < LEFT_ALONE_MS || this.#examined.has(pool)) return;
    this.#examined.add(pool);
    try {
      (await pool.acquire()).release();
    } catch {
      // The pool notes when it failed.
    } finally {
      this.#examined.delete(pool);
    }
  }
}
