import type { Layout } from '@sqlport/core/spi/postgres';
import { planOf } from '@sqlport/dialect';

/** A statement that the server keeps prepared for one physical connection. */
export interface NamedStatement {
  readonly text: string;
  readonly name: string;
  /** What it answers, once the server has said so: it keeps to that, or fails with 0A000. */
  layout?: Layout;
}

/** Most statements that are kept prepared on one connection; the server holds a plan for each. */
const MOST_NAMED = 100;
/** How many texts are remembered as seen once. */
const MOST_SEEN = 500;
/** Longer texts are not likely to come again: folded inserts, generated reports. */
const LONGEST_TEXT = 10_000;
/** What a plan is made for. Utility statements are as fast without a name, and DDL is not repeated. */
const PLANNED = new Set(['select', 'insert', 'update', 'delete', 'merge', 'with', 'values']);

/** Names are unique in the process, so that two drivers may share a client of an injected pool. */
let lastName = 0;

/** The named statements of one physical connection. A text gets its name the second time it is run. */
export class NamedStatements {
  /** In the order of their last use. */
  readonly #named = new Map<string, NamedStatement>();
  readonly #seen = new Set<string>();
  readonly #free: (name: string) => void;
  readonly #allowed: boolean;

  /**
   * `free` is called with the name of a statement that is no longer used, but that the server may still hold.
   * `allowed`: false where no statement is to have a name.
   */
  constructor(free: (name: string) => void, allowed: boolean) {
    this.#free = free;
    this.#allowed = allowed;
  }

  /** The named statement for a text that is about to be run; undefined where it is to be run without a name. */
  find(text: string): NamedStatement | undefined {
    const known = this.#named.get(text);
    if (known !== undefined) {
      this.#named.delete(text);
      this.#named.set(text, known);
      return known;
    }
    if (!this.#allowed || text.length > LONGEST_TEXT) return undefined;
    if (!this.#seen.delete(text)) {
      if (this.#seen.size >= MOST_SEEN) this.#seen.delete(first(this.#seen.values()));
      this.#seen.add(text);
      return undefined;
    }
    if (!PLANNED.has(planOf(text, 'postgres').keyword)) return undefined;
    if (this.#named.size >= MOST_NAMED) this.drop(first(this.#named.values()));
    lastName += 1;
    const statement: NamedStatement = { text, name: `sqlport_${lastName}` };
    this.#named.set(text, statement);
    return statement;
  }

  /** Gives a statement up: it went stale, or nobody knows whether the server took it. */
  drop(statement: NamedStatement): void {
    if (this.#named.get(statement.text) === statement) this.#named.delete(statement.text);
    this.#free(statement.name);
  }

  /** Gives all statements up. */
  dropAll(): void {
    for (const statement of [...this.#named.values()]) this.drop(statement);
  }
}

function first<T>(values: Iterator<T>): T {
  return values.next().value as T;
}
