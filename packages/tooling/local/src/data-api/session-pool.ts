import { ServiceError } from './errors.ts';
import type { EngineSession } from './session.ts';

export interface SessionPoolSettings {
  readonly open: () => Promise<EngineSession>;
  /** The most sessions at a time. */
  readonly limit: () => number;
  /** How long to wait for one when all are in use, in ms. */
  readonly waitMs: () => number;
  /** What is answered when the wait was in vain. */
  readonly exhausted: () => ServiceError;
}

interface Waiter {
  give(session: EngineSession | Promise<EngineSession>): void;
}

/** How long a session may lie idle, in ms. */
const idleMs = 1_000;

/** The server connections of one user to one database. Who waits is served in order. */
export class SessionPool {
  readonly #settings: SessionPoolSettings;
  readonly #open = new Set<EngineSession>();
  readonly #idle = new Map<EngineSession, NodeJS.Timeout>();
  readonly #waiters = new Set<Waiter>();
  /** What is under way and will end by itself: logins, resets and closings. */
  readonly #chores = new Set<Promise<void>>();
  #opening = 0;
  #closed = false;

  constructor(settings: SessionPoolSettings) {
    this.#settings = settings;
  }

  /** Server connections that are open now, or are being opened. */
  get size(): number {
    return this.#open.size + this.#opening;
  }

  /** A session as good as new. Rejects with a ServiceError. */
  async acquire(): Promise<EngineSession> {
    for (const [session, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(session);
      if (session.usable) return session;
      this.#discard(session);
    }
    return this.size < this.#settings.limit() ? this.#openOne() : this.#wait();
  }

  /** Gives a session back, whatever state it is in. */
  release(session: EngineSession): void {
    this.#chore(this.#takeBack(session));
  }

  /** Ends all sessions, also those in use, and waits until they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.give(Promise.reject(new ServiceError('ServiceUnavailableError')));
    for (const session of this.#open) {
      clearTimeout(this.#idle.get(session));
      // What still runs would keep the server busy for a client that is gone.
      const interrupted = this.#idle.delete(session) ? Promise.resolve() : session.cancel();
      this.#chore(interrupted.then(() => this.#discard(session)));
    }
    while (this.#chores.size > 0) await Promise.all(this.#chores);
  }

  async #openOne(): Promise<EngineSession> {
    if (this.#closed) throw new ServiceError('ServiceUnavailableError');
    this.#opening++;
    const opening = this.#settings.open();
    this.#chore(
      opening.then(
        () => {},
        () => {},
      ),
    );
    try {
      const session = await opening;
      this.#open.add(session);
      if (!this.#closed) return session;
      this.#discard(session);
      throw new ServiceError('ServiceUnavailableError');
    } finally {
      this.#opening--;
      this.#serveWaiters();
    }
  }

  async #takeBack(session: EngineSession): Promise<void> {
    if (session.usable) await session.reset().catch(() => this.#discard(session));
    if (this.#closed || !session.usable || !this.#open.has(session)) return this.#discard(session);
    const [waiter] = this.#waiters;
    if (waiter) return waiter.give(session);
    const timer = setTimeout(() => {
      this.#idle.delete(session);
      this.#discard(session);
    }, idleMs);
    timer.unref();
    this.#idle.set(session, timer);
  }

  #discard(session: EngineSession): void {
    if (!this.#open.has(session)) return;
    this.#chore(
      session.close().then(() => {
        this.#open.delete(session);
        this.#serveWaiters();
      }),
    );
  }

  /** Opens sessions for those who wait, as far as there is room. */
  #serveWaiters(): void {
    for (const waiter of this.#waiters) {
      if (this.#closed || this.size >= this.#settings.limit()) return;
      waiter.give(this.#openOne());
    }
  }

  #chore(work: Promise<void>): void {
    const chore = work.finally(() => this.#chores.delete(chore));
    this.#chores.add(chore);
  }

  #wait(): Promise<EngineSession> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        give: (session) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(session);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(this.#settings.exhausted());
      }, this.#settings.waitMs());
      this.#waiters.add(waiter);
    });
  }
}
