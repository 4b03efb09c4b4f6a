/** What is left of a key's quota. */
export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until it starts anew. */
  readonly resetSeconds: number;
  /** False: this request is one too many. */
  readonly allowed: boolean;
}

const minuteMs = 60_000;

/** Counts the requests of each key in each minute of the clock. */
export class RateLimit {
  readonly #clock: () => number;
  readonly #counts = new Map<string, { readonly minute: number; requests: number }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  use(key: string, limit: number): Quota {
    const now = this.#clock();
    const minute = Math.floor(now / minuteMs);
    let count = this.#counts.get(key);
    if (count?.minute !== minute) {
      count = { minute, requests: 0 };
      this.#counts.set(key, count);
    }
    count.requests++;
    return {
      limit,
      remaining: Math.max(0, limit - count.requests),
      resetSeconds: Math.ceil(((minute + 1) * minuteMs - now) / 1000),
      allowed: count.requests <= limit,
    };
  }
}
