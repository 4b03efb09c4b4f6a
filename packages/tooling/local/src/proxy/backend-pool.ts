import type { Socket } from 'node:net';

export interface PoolLimits {
  /** Connections to the engine at most, for all users and databases together. Default 5. */
  maxConnections: number;
  /** How long a session waits for one of them, ms. Default 120,000, as RDS Proxy's. */
  borrowTimeoutMs: number;
}

/** A connection to the engine on which somebody is logged in. */
export interface Backend {
  readonly socket: Socket;
  /** Sessions with the same key may use it one after the other. */
  readonly key: string;
}

/** No connection became free in time. The text is RDS Proxy's. */
export class BorrowTimeout extends Error {
  override name = 'BorrowTimeout';
  constructor() {
    super('Timed-out waiting to acquire database connection');
  }
}

interface Waiter<B> {
  readonly key: string;
  readonly open: () => Promise<B>;
  readonly resolve: (backend: B) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Lends the engine's connections to sessions, first come, first served. */
export class BackendPool<B extends Backend> {
  timeouts = 0;
  readonly #limits: PoolLimits;
  readonly #idle: B[] = [];
  readonly #open = new Set<B>();
  #waiters: Waiter<B>[] = [];
  #opening = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  get counts(): { readonly open: number; readonly idle: number } {
    return { open: this.#open.size, idle: this.#idle.length };
  }

  /** All that are open, lent or not. */
  get backends(): Iterable<B> {
    return this.#open;
  }

  /**
   * Lends a connection with this key, one that is idle or a new one; the longest idle one of another key makes room.
   * Throws {@link BorrowTimeout}, and what `open` throws.
   */
  borrow(key: string, open: () => Promise<B>): Promise<B> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        this.timeouts++;
        reject(new BorrowTimeout());
      }, this.#limits.borrowTimeoutMs);
      const waiter: Waiter<B> = { key, open, resolve, reject, timer };
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  /** Takes a connection back, in a state in which the next session may have it. */
  release(backend: B): void {
    if (this.#open.has(backend)) this.#idle.push(backend);
    this.#serve();
  }

  /** Ends all connections, and lets nobody wait any longer. */
  close(): void {
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(new BorrowTimeout());
    }
    for (const backend of this.#open) backend.socket.destroy();
  }

  #serve(): void {
    for (;;) {
      const waiter = this.#waiters[0];
      if (!waiter) return;
      const index = this.#idle.findIndex(({ key }) => key === waiter.key);
      if (index >= 0) {
        this.#waiters.shift();
        clearTimeout(waiter.timer);
        waiter.resolve(this.#idle.splice(index, 1)[0]!);
        continue;
      }
      if (this.#open.size + this.#opening >= this.#limits.maxConnections) {
        // Its place is free at once; its end comes later.
        const evicted = this.#idle.shift();
        if (!evicted) return;
        this.#open.delete(evicted);
        evicted.socket.destroy();
      }
      this.#waiters.shift();
      clearTimeout(waiter.timer);
      void this.#openFor(waiter);
    }
  }

  async #openFor({ open, resolve, reject }: Waiter<B>): Promise<void> {
    this.#opening++;
    try {
      const backend = await open();
      this.#open.add(backend);
      backend.socket.once('close', () => this.#forget(backend));
      resolve(backend);
    } catch (error) {
      reject(error);
    } finally {
      this.#opening--;
      this.#serve();
    }
  }

  #forget(backend: B): void {
    this.#open.delete(backend);
    const index = this.#idle.indexOf(backend);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#serve();
  }
}
