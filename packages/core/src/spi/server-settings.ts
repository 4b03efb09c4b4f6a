import { ConnectorError, type Outcome } from '../errors.ts';
import type { RawResult } from './driver.ts';
import { untilAborted } from './until-aborted.ts';
import { withOutcome } from './with-outcome.ts';

/** The values of a result that rely on a need: those of a type, by its name, of which `shows` is true. */
export interface Reliance<Need extends string> {
  readonly need: Need;
  readonly type: RegExp;
  readonly shows: (value: unknown) => boolean;
}

/**
 * Settings of a server that a wire can only ask for, because its sessions cannot be set up: asked for once, when the
 * first statement or value needs one, and again for as long as one is not as it must be. `Need` names what is needed.
 */
export class ServerSettings<Need extends string> {
  readonly #ask: () => Promise<Readonly<Record<Need, boolean>>>;
  readonly #cures: Readonly<Record<Need, string>>;
  readonly #met = new Set<Need>();
  #asking: Promise<void> | undefined;

  /**
   * `ask` asks the server, in a session like those of statements, which needs it meets. `cures`: what to say where one is
   * not met.
   */
  constructor(ask: () => Promise<Readonly<Record<Need, boolean>>>, cures: Readonly<Record<Need, string>>) {
    this.#ask = ask;
    this.#cures = cures;
  }

  /**
   * Throws `CONFIG` where a need is not met, and what asking ran into; always with this outcome: it is the statement that
   * counts, and not the question.
   */
  async check(needs: readonly Need[], signal: AbortSignal | undefined, outcome: Outcome): Promise<void> {
    if (needs.every((need) => this.#met.has(need))) return;
    // Shared by everybody who needs it at the same time, so no caller's signal ends it.
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined;
    });
    await untilAborted(this.#asking, signal, outcome).catch((error) => {
      throw withOutcome(error, outcome);
    });
    const unmet = needs.find((need) => !this.#met.has(need));
    if (unmet !== undefined) throw new ConnectorError('CONFIG', this.#cures[unmet], { outcome });
  }

  /** The same, applied, for a result with such values. Looks at none of them once all needs are known to be met. */
  checkResult(
    reliances: readonly Reliance<Need>[],
    result: Pick<RawResult, 'columns' | 'rows'>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { columns, rows } = result;
    const relied = reliances.filter(
      ({ need, type, shows }) =>
        !this.#met.has(need) &&
        columns.some((column, index) => type.test(column.type) && rows.some((row) => shows(row[index]))),
    );
    const needs = relied.map(({ need }) => need);
    return this.check(needs, signal, 'applied');
  }

  async #find(): Promise<void> {
    const found = await this.#ask();
    for (const need of Object.keys(found) as Need[]) if (found[need]) this.#met.add(need);
  }
}
