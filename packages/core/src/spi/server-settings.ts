import { ConnectorError, isConnectorError, type Outcome, revised } from '../errors.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * Settings of a server that values and statements need, and that nobody but its owner can make: asked for once, when
 * the first value depends on them, and again for as long as they are not as they must be.
 */
export class ServerSettings<Need extends string> {
  readonly #ask: () => Promise<ReadonlySet<Need>>;
  readonly #cures: Readonly<Partial<Record<Need, string>>>;
  readonly #met = new Set<Need>();
  #asking: Promise<void> | undefined;

  /** `ask` answers the needs that are met. `cures`: what to set, for each need that is of interest; others are not. */
  constructor(ask: () => Promise<ReadonlySet<Need>>, cures: Readonly<Partial<Record<Need, string>>>) {
    this.#ask = ask;
    this.#cures = cures;
  }

  /** Whether there is nothing to ask about a need. */
  isMet(need: Need): boolean {
    return this.#met.has(need) || this.#cures[need] === undefined;
  }

  /**
   * Throws `CONFIG` where a need is not met, and what the question itself ran into; both with the `outcome` of the
   * statement that has the needs.
   */
  async check(needs: Iterable<Need>, signal: AbortSignal | undefined, outcome: Outcome): Promise<void> {
    const open = [...needs].filter((need) => !this.isMet(need));
    if (open.length === 0) return;
    // Shared by everybody who needs it at the same time, so no caller's signal ends it.
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined;
    });
    try {
      await untilAborted(this.#asking, signal, outcome);
    } catch (error) {
      throw isConnectorError(error) ? revised(error, { outcome }) : error;
    }
    const unmet = open.find((need) => !this.isMet(need));
    if (unmet !== undefined) throw new ConnectorError('CONFIG', this.#cures[unmet]!, { outcome });
  }

  async #find(): Promise<void> {
    for (const need of await this.#ask()) this.#met.add(need);
  }
}
