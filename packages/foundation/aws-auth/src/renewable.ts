/** A new value and the time to make the next: milliseconds since 1970, `Infinity` for "until it is dropped". */
export interface Renewed<T> {
  readonly value: T;
  readonly renewAt: number;
}

/** A frozen process wakes up with flights that never land: after this long they are no longer joined. */
const FLIGHT_LIMIT_MS = 30_000;

/**
 * One value that is made when first asked for, made once for all who ask at the same time, and kept until its time.
 * No timers: ages are checked when the value is asked for, by wall clock.
 */
export class Renewable<T> {
  readonly #clock: () => number;
  #kept: (Renewed<T> & { readonly madeAt: number }) | undefined;
  #flight: { readonly landing: Promise<T>; readonly startedAt: number } | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The kept value, or what `make` gives. A failure is told to everyone who waits, and is not kept. */
  get(make: () => Promise<Renewed<T>>): Promise<T> {
    const now = this.#clock();
    const kept = this.#kept;
    // A clock that was set back says nothing about age any more.
    if (kept !== undefined && kept.madeAt <= now && now < kept.renewAt) return Promise.resolve(kept.value);
    if (this.#flight !== undefined && Math.abs(now - this.#flight.startedAt) < FLIGHT_LIMIT_MS) {
      return this.#flight.landing;
    }
    return this.#fly(make, now);
  }

  /** Forgets the kept value; with an argument only if it is that very one. True where something was forgotten. */
  drop(value: T | undefined = this.#kept?.value): boolean {
    if (this.#kept === undefined || this.#kept.value !== value) return false;
    this.#kept = undefined;
    return true;
  }

  #fly(make: () => Promise<Renewed<T>>, startedAt: number): Promise<T> {
    const landing = make().then((renewed) => {
      // A flight that was given up may land late: it must not take the place of a newer value.
      if (this.#flight?.landing === landing) this.#kept = { ...renewed, madeAt: startedAt };
      return renewed.value;
    });
    const landed = () => {
      if (this.#flight?.landing === landing) this.#flight = undefined;
    };
    landing.then(landed, landed);
    this.#flight = { landing, startedAt };
    return landing;
  }
}
