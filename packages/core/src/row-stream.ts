import type { ConnectorError } from './errors.ts';
import { rowMaker, validated } from './rows.ts';
import type { RawPage } from './spi/driver.ts';
import type { StandardSchema } from './sql/standard-schema.ts';

const DONE = { done: true, value: undefined } as const;

/**
 * Rows one by one out of pages. A row that is already here costs one resolved promise; calls of `next` that overlap
 * are answered in order.
 */
export class RowStream<R> implements AsyncIterableIterator<R> {
  readonly #pages: AsyncIterator<RawPage>;
  readonly #schema: StandardSchema<R> | undefined;
  readonly #attributed: (error: unknown) => ConnectorError;
  /** What is left of the page, the next row last: a row that was given out is kept alive by nobody here. */
  #rows: (readonly unknown[])[] = [];
  #toRow: ReturnType<typeof rowMaker> | undefined;
  #fetching: Promise<unknown> | undefined;
  #done = false;

  constructor(
    pages: AsyncIterator<RawPage>,
    schema: StandardSchema<R> | undefined,
    attributed: (error: unknown) => ConnectorError,
  ) {
    this.#pages = pages;
    this.#schema = schema;
    this.#attributed = attributed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#fetching === undefined && !this.#done && this.#rows.length > 0) return this.#take();
    const before = this.#fetching ?? Promise.resolve();
    const result = before.then(() => this.#nextOfPage());
    const marker = result
      .catch(() => {})
      .then(() => {
        if (this.#fetching === marker) this.#fetching = undefined;
      });
    this.#fetching = marker;
    return result;
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    this.#done = true;
    await this.#pages.return?.();
    return DONE;
  }

  async #nextOfPage(): Promise<IteratorResult<R, undefined>> {
    while (!this.#done && this.#rows.length === 0) {
      const page = await this.#pages.next().catch((error) => Promise.reject(this.#attributed(error)));
      if (page.done) {
        this.#done = true;
        break;
      }
      this.#toRow ??= rowMaker(page.value.columns);
      this.#rows = page.value.rows.reverse();
    }
    return this.#done ? DONE : this.#take();
  }

  async #take(): Promise<IteratorResult<R, undefined>> {
    const row = (this.#toRow as ReturnType<typeof rowMaker>)(this.#rows.pop() as readonly unknown[]);
    if (this.#schema === undefined) return { done: false, value: row as R };
    try {
      return { done: false, value: await validated(row, this.#schema) };
    } catch (error) {
      await this.return();
      throw this.#attributed(error);
    }
  }
}
