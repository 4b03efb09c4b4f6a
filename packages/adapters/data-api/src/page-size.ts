import { utf8Length } from './utf8-length.ts';

/** Half of what the API returns: the next rows may be larger than those before. */
const AIM_BYTES = 512 * 1024;
/** How a value is wrapped in JSON: `{"stringValue":""},`. */
const CELL_BYTES = 20;
const FIRST = 50;
const GROWTH = 8;

/** How many rows to ask for, by the size of those that came. */
export class PageSize {
  readonly #most: number;
  #next: number;
  #largestRow = 0;

  /** `most`: as the caller wishes. */
  constructor(most: number) {
    this.#most = most;
    this.#next = Math.min(most, FIRST);
  }

  get next(): number {
    return this.#next;
  }

  /** These rows fitted in one reply. */
  fitted(rows: readonly (readonly unknown[])[]): void {
    for (const row of rows) {
      const bytes = row.reduce<number>((sum, value) => sum + sizeOf(value), 0);
      if (bytes > this.#largestRow) this.#largestRow = bytes;
    }
    const room = Math.floor(AIM_BYTES / Math.max(1, this.#largestRow));
    this.#next = Math.max(1, Math.min(this.#most, rows.length * GROWTH, room));
  }

  /** The last page did not fit. */
  tooLarge(): void {
    this.#next = Math.max(1, this.#next >> 2);
  }
}

/** Bytes of a value in the reply, about. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return utf8Length(value) + CELL_BYTES;
  if (value instanceof Uint8Array) return Math.ceil(value.length / 3) * 4 + CELL_BYTES;
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return utf8Length(JSON.stringify(value, bigintAsText)) + CELL_BYTES;
  }
  return 2 * CELL_BYTES;
}

/** JSON has no bigint. */
function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
