import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws that follow from numbers: the same numbers give the same draws, whatever the timing. */
export class Random {
  readonly #generator;

  constructor(...numbers: readonly number[]) {
    let seed = 0;
    for (const number of numbers) seed = (Math.imul(seed, 0x01000193) ^ (number + 0x9e3779b9)) | 0;
    this.#generator = xoroshiro128plus(seed);
    // Near seeds give near first draws.
    for (let skipped = 0; skipped < 8; skipped++) this.#generator.next();
  }

  /** From `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return uniformInt(this.#generator, least, most);
  }

  /** True once in so many. */
  onceIn(many: number): boolean {
    return this.integer(1, many) === 1;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  /** One of several, each as often as its weight says. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T {
    let rest = this.integer(
      1,
      items.reduce((sum, { weight }) => sum + weight, 0),
    );
    for (const item of items) {
      rest -= item.weight;
      if (rest <= 0) return item;
    }
    throw new Error('Nothing to draw from.');
  }
}
