import type { RetryableErrno } from './sql-error.ts';

/**
 * Something that goes wrong with one call; with one that bears a token, where it is about a session.
 * - `swap-token`: the server has lost the session: its transaction is rolled back, and the statement runs in autocommit
 *   under a new token
 * - `expired-session`: HTTP 400 with code 61100002; the session is ended
 * - `server-error`: HTTP 500 with code 151100004, before or after the statement ran
 * - `sql-error`: an error of TiDB's instead of the statement; the transaction is rolled back
 * - `bad-gateway`: HTTP 502 with an HTML page, instead of the statement
 * - `redirect`: HTTP 307 to another URL, instead of the statement
 * - `drop`: the TCP connection is cut, before or after the statement ran
 * - `cut-body`: it is cut in the middle of the reply's body
 * - `slow-body`: the second half of the reply's body comes `ms` later
 * - `latency`: the statement runs `ms` later
 * - `no-session-header`: the reply has no `TiDB-Session`
 */
export type TidbFault =
  | { readonly kind: 'swap-token' }
  | { readonly kind: 'expired-session' }
  | { readonly kind: 'server-error'; readonly when: 'before' | 'after' }
  | { readonly kind: 'sql-error'; readonly errno: RetryableErrno }
  | { readonly kind: 'bad-gateway' }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  | { readonly kind: 'cut-body' }
  | { readonly kind: 'slow-body'; readonly ms: number }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'no-session-header' };

export interface TidbFaultScope {
  /** For how many calls; `Infinity`: until cleared. Default 1. */
  readonly times?: number;
  /** Only for calls whose SQL it matches. Default: all. */
  readonly sql?: RegExp;
}

/** A fault that has been ordered. */
export interface OrderedTidbFault {
  /** Calls that it has met. */
  readonly hits: number;
  clear(): void;
}

interface Entry {
  readonly fault: TidbFault;
  readonly sql: RegExp | undefined;
  left: number;
  hits: number;
}

const needsToken: ReadonlySet<TidbFault['kind']> = new Set(['swap-token', 'expired-session']);

/** The faults that are still to come. */
export class Faults {
  readonly #entries = new Set<Entry>();

  add(fault: TidbFault, { times = 1, sql }: TidbFaultScope = {}): OrderedTidbFault {
    const entry: Entry = { fault, sql, left: times, hits: 0 };
    this.#entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      clear: () => void this.#entries.delete(entry),
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The faults that one call meets: of each kind the one that was ordered first. */
  take(sql: string, token: string): FaultsOfCall {
    const taken = new FaultsOfCall();
    for (const entry of this.#entries) {
      const { kind } = entry.fault;
      if (taken.has(kind) || (entry.sql && sql.search(entry.sql) < 0) || (token === '' && needsToken.has(kind)))
        continue;
      taken.add(entry.fault);
      entry.hits++;
      if (--entry.left <= 0) this.#entries.delete(entry);
    }
    return taken;
  }
}

/** The faults of one call, by kind. */
export class FaultsOfCall {
  readonly #faults = new Map<TidbFault['kind'], TidbFault>();

  add(fault: TidbFault): void {
    this.#faults.set(fault.kind, fault);
  }

  has(kind: TidbFault['kind']): boolean {
    return this.#faults.has(kind);
  }

  get<K extends TidbFault['kind']>(kind: K): Extract<TidbFault, { kind: K }> | undefined {
    return this.#faults.get(kind) as Extract<TidbFault, { kind: K }> | undefined;
  }
}
