import { untilAborted } from '@sqlport/core/spi';

/** Lets a number of requests be under way; the others wait, in the order in which they came. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#free = max;
  }

  /** Resolves when it is the caller's turn, which {@link end} ends. An aborted one was not applied, and has none. */
  async begin(signal: AbortSignal | undefined): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await untilAborted(promise, signal, 'not-applied', () => {
      const index = this.#waiting.indexOf(resolve);
      if (index < 0) this.end();
      else this.#waiting.splice(index, 1);
    });
  }

  end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
