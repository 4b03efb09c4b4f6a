import { type ConnectorError, revised } from './errors.ts';
import type { QueryEvent } from './events.ts';
import { type CallLimits, checkLimits, expireAfter, follow, settleAtOnce } from './interruption.ts';
import type { RawPage, RawResult } from './spi/driver.ts';
import { interrupted } from './spi/interrupted.ts';

/** What a fetch answers. */
export type PageResult = IteratorResult<RawPage, undefined>;

/** How a {@link PageReader} reaches the driver. */
export interface PageSource {
  /** Called before the first fetch; what it throws ends the stream before it has begun. */
  start(): void;
  /** Opens the stream at the driver. The signal ends it, whenever it is aborted. */
  open(signal: AbortSignal): AsyncIterable<RawPage>;
  /** Runs one fetch; a transaction queues it. `first` is true for the one that opens, which may be repeated. */
  fetch(work: () => Promise<PageResult>, first: boolean, signal: AbortSignal): Promise<PageResult>;
  /** Runs the work that frees what the stream holds, once, whatever ended it. */
  release(work: () => Promise<unknown>): Promise<unknown>;
}

/**
 * Pages of a stream under the caller's signal and its time limit, which counts for each fetch. Nothing is sent before
 * the first `next`. Calls of `next` must not overlap.
 */
export class PageReader implements AsyncIterator<RawPage, undefined> {
  readonly #source: PageSource;
  readonly #options: CallLimits;
  readonly #ending = new AbortController();
  #iterator: AsyncIterator<RawPage> | undefined;
  #started = false;
  #released: Promise<unknown> | undefined;
  /** Why the stream was ended from outside. */
  #reason: ConnectorError | undefined;
  #unfollow = () => {};

  constructor(source: PageSource, options: CallLimits) {
    this.#source = source;
    this.#options = options;
  }

  async next(): Promise<PageResult> {
    const { signal } = this.#ending;
    if (signal.aborted) throw interrupted(signal, 'unknown');
    if (this.#reason !== undefined) throw revised(this.#reason, {});
    if (this.#released !== undefined) return DONE;
    const first = !this.#started;
    if (first) this.#start();
    const stopTimer = expireAfter(this.#options.timeoutMs, this.#ending);
    try {
      const page = await this.#source.fetch(() => this.#fetch(first), first, signal);
      if (page.done) await this.#release();
      return page;
    } catch (error) {
      // The caller is answered at once, also where the driver takes its time.
      this.#release().catch(() => {});
      throw error;
    } finally {
      stopTimer();
    }
  }

  async return(): Promise<PageResult> {
    if (this.#started) await this.#release();
    this.#released ??= Promise.resolve();
    return DONE;
  }

  /**
   * Ends the stream in good order, after the fetch under way. The consumer's next fetch rejects with the reason, so
   * that nobody takes a part for the whole.
   */
  async end(reason: ConnectorError): Promise<void> {
    this.#reason = reason;
    await this.#release().catch(() => {});
  }

  /** Ends the stream at once, also a fetch under way. */
  async abort(reason: ConnectorError): Promise<void> {
    this.#ending.abort(reason);
    await this.#released?.catch(() => {});
  }

  #start(): void {
    checkLimits(this.#options);
    this.#source.start();
    this.#started = true;
    this.#ending.signal.addEventListener('abort', () => this.#release().catch(() => {}), { once: true });
    this.#unfollow = follow(this.#options, this.#ending);
  }

  #fetch(first: boolean): Promise<PageResult> {
    const { signal } = this.#ending;
    const next = async (): Promise<PageResult> => {
      if (first) this.#iterator = this.#source.open(signal)[Symbol.asyncIterator]();
      const page = await (this.#iterator as AsyncIterator<RawPage>).next();
      return page.done ? DONE : page;
    };
    return settleAtOnce(next(), signal, { outcome: 'unknown' });
  }

  #release(): Promise<unknown> {
    if (this.#released === undefined) {
      const free = async () => this.#iterator?.return?.();
      // After an abort a driver that does not react must not hold up what is queued behind.
      const work = () => settleAtOnce(free(), this.#ending.signal, { outcome: 'unknown' });
      // Until it is done, an abort must still reach the fetch that it waits for.
      this.#released = this.#source.release(work).finally(this.#unfollow);
    }
    return this.#released;
  }
}

const DONE = { done: true, value: undefined } as const;

/** The fallback for a driver without streams: the whole result, cut into pages. */
export async function* pagesOf(result: Promise<RawResult>, pageSize: number): AsyncGenerator<RawPage, undefined> {
  const { columns, rows } = await result;
  for (let start = 0; start === 0 || start < rows.length; start += pageSize) {
    yield { columns, rows: rows.slice(start, start + pageSize) };
  }
  return undefined;
}

/** Tells an event how many rows a fetch brought. */
export function countPage(event: QueryEvent, page: PageResult): void {
  if (!page.done) event.rows = page.value.rows.length;
}
