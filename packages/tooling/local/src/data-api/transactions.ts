import { randomBytes } from 'node:crypto';
import { ServiceError } from './errors.ts';
import type { EngineSession } from './session.ts';
import type { SessionPool } from './session-pool.ts';

const minute = 60_000;
/** A transaction ends when no call has used it for this long, and after this time in any case. */
const longestIdleMs = 3 * minute;
const longestLifeMs = 24 * 60 * minute;
/** How often to look for those that are over, so that their server connections need not wait for a next call. */
const sweepMs = 250;
/** Of how many transactions that ended to remember why. */
const remembered = 10_000;

/** Why a transaction is not found: the service's own words. */
const reasons = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
} as const;

type Ending = keyof typeof reasons;

/** An open transaction, on a server connection of its own. */
export interface OpenTransaction {
  readonly id: string;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string | undefined;
  readonly session: EngineSession;
  readonly pool: SessionPool;
}

interface Entry extends OpenTransaction {
  readonly startedAt: number;
  usedAt: number;
  running: boolean;
}

/** The open transactions, and why others are no longer. */
export class Transactions {
  readonly #clock: () => number;
  readonly #open = new Map<string, Entry>();
  readonly #ended = new Map<string, Ending>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs);
    this.#sweeper.unref();
  }

  get size(): number {
    return this.#open.size;
  }

  /** Registers a transaction that has begun on the server. */
  add(transaction: Omit<OpenTransaction, 'id'>): OpenTransaction {
    const now = this.#clock();
    const id = randomBytes(96).toString('base64');
    const entry = { ...transaction, id, startedAt: now, usedAt: now, running: false };
    this.#open.set(id, entry);
    return entry;
  }

  /**
   * Uses a transaction for one call, alone. `work` may end it by the function it is given.
   * Throws what the service answers when it is not there, not the caller's, or in use.
   */
  async use<T>(
    id: string,
    caller: { readonly resourceArn: string; readonly secretArn: string },
    work: (transaction: OpenTransaction, end: (ending: Ending) => void) => Promise<T>,
  ): Promise<T> {
    this.#sweep();
    const entry = this.#open.get(id);
    if (!entry || entry.resourceArn !== caller.resourceArn || entry.secretArn !== caller.secretArn) {
      const reason = reasons[this.#ended.get(id) ?? 'expired'];
      throw new ServiceError('TransactionNotFoundException', `Transaction ${id} is not found. ${reason}`);
    }
    if (entry.running) throw new ServiceError('DatabaseErrorException', 'Transaction is still running a query');
    entry.running = true;
    try {
      return await work(entry, (ending) => this.#end(entry, ending));
    } finally {
      entry.running = false;
      entry.usedAt = this.#clock();
      // The call that meets a lost session is told so by the session itself.
      if (!entry.session.usable) this.#end(entry, 'aborted');
    }
  }

  /** Ends those that no call has used for so long, as if their time were over. */
  expire(idleMs: number): void {
    const latest = this.#clock() - idleMs;
    for (const entry of this.#open.values()) {
      if (!entry.running && entry.usedAt <= latest) this.#end(entry, 'expired');
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const entry of this.#open.values()) this.#end(entry, 'aborted');
  }

  #sweep(): void {
    const now = this.#clock();
    for (const entry of this.#open.values()) {
      const over = now - entry.usedAt >= longestIdleMs || now - entry.startedAt >= longestLifeMs;
      if (over && !entry.running) this.#end(entry, 'expired');
    }
  }

  #end(entry: Entry, ending: Ending): void {
    if (!this.#open.delete(entry.id)) return;
    this.#ended.set(entry.id, ending);
    if (this.#ended.size > remembered) this.#ended.delete(this.#ended.keys().next().value!);
    entry.pool.release(entry.session);
  }
}
