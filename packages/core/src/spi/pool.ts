import { ConnectorError } from '../errors.ts';
import { interrupted } from './interrupted.ts';

export { meansFailover } from './failover.ts';
export { type ReaderFallback, RoutedPools } from './routed-pools.ts';
export { type PoolWait, waitForPool } from './wait-for-pool.ts';

/** What a pool has to know about the physical connections `C` it keeps. */
export interface PhysicalConnections<C> {
  /**
   * Opens one. `signal` is aborted when the pool closes; the time limit for connecting is the hook's own concern.
   * Throws `ConnectorError` with outcome `not-applied`.
   */
  open(signal: AbortSignal): Promise<C>;
  /** False once it is known, without asking the server, that the connection is of no more use. */
  isAlive(connection: C): boolean;
  /** Asks the server whether the connection still works; rejects where it does not. The pool sets the deadline. */
  probe(connection: C, signal: AbortSignal): Promise<void>;
  /** Says goodbye to the server and frees the socket. The pool calls `destroy` where this takes too long. */
  end(connection: C): Promise<void>;
  /** Frees the socket at once. May be called more than once. */
  destroy(connection: C): void;
  /** The connection is in use: its socket keeps the process alive. */
  ref(connection: C): void;
  /** The connection is idle: its socket does not keep the process alive. */
  unref(connection: C): void;
}

export interface PoolOptions {
  /** Most physical connections at a time, opening ones included. */
  readonly max: number;
  /** How long `acquire` waits for a connection. */
  readonly acquireTimeoutMs: number;
  /** A connection that was idle for longer is probed before it is handed out. */
  readonly idleProbeMs: number;
  /** A connection older than this is replaced. */
  readonly maxLifetimeMs: number;
  /** How long a probe may take. Default 1,000. */
  readonly probeTimeoutMs?: number;
}

/** What a connection is held for; named in the error of an exhausted pool. */
export type Use = 'statement' | 'transaction' | 'stream';

/** A physical connection on loan. One of its methods is to be called, once; later calls do nothing. */
export interface Lease<C> {
  readonly connection: C;
  /** Gives the connection back, with no transaction open and nothing under way. */
  release(): void;
  /** Gives the connection up: its socket is freed at once. */
  destroy(): void;
  /**
   * As `destroy`, where the server is not what it was: replaces every other connection of the pool that is not newer,
   * idle ones at once, the others when they come back.
   */
  retire(): void;
}

interface Entry<C> {
  readonly connection: C;
  readonly openedAt: number;
  readonly generation: number;
  idleSince: number;
}

interface Waiter<C> {
  readonly use: Use;
  resolve(lease: Lease<C>): void;
  reject(error: unknown): void;
}

const END_TIMEOUT_MS = 1_000;
/** A server that stays as it is, for all that connections are replaced, must not cost every call the whole pool. */
const RETIRE_INTERVAL_MS = 1_000;

/**
 * Keeps physical connections for reuse, the last used first. Opens one only when a caller needs it, and never more
 * than `max`. Ages are read from the wall clock when a connection is taken, so that nothing depends on timers, which
 * stand still while a serverless environment is frozen. Idle connections do not keep the process alive.
 */
export class Pool<C> {
  readonly #connections: PhysicalConnections<C>;
  readonly #options: PoolOptions;
  readonly #entries = new Set<Entry<C>>();
  readonly #idle: Entry<C>[] = [];
  readonly #waiters = new Set<Waiter<C>>();
  readonly #held: Record<Use, number> = { statement: 0, transaction: 0, stream: 0 };
  readonly #closing = new AbortController();
  /** Connections that are being opened. */
  #opening = 0;
  /** Connections that are being opened or probed for a waiter. */
  #coming = 0;
  #generation = 0;
  #retiredAt = Number.NEGATIVE_INFINITY;
  #failedAt: number | undefined;

  constructor(connections: PhysicalConnections<C>, options: PoolOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  /** Physical connections at this moment, opening ones included. */
  get size(): number {
    return this.#entries.size + this.#opening;
  }

  /** When opening a connection last failed, in ms since the epoch; undefined where one has been opened since. */
  get failedAt(): number | undefined {
    return this.#failedAt;
  }

  /**
   * Lends a connection. Throws `interrupted(signal, 'not-applied')` as soon as `signal` is aborted, `TIMEOUT` after
   * `acquireTimeoutMs`, `CLOSED` after `close`, or what opening a connection threw.
   */
  async acquire(signal?: AbortSignal, use: Use = 'statement'): Promise<Lease<C>> {
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    if (this.#closing.signal.aborted) throw closed();
    const fresh = this.#takeFresh();
    return fresh === undefined ? this.#wait(signal, use) : this.#lend(fresh, use);
  }

  /** Frees all connections, also those on loan and those that do not answer; rejects who is waiting with `CLOSED`. */
  async close(): Promise<void> {
    this.#closing.abort(closed());
    for (const waiter of this.#waiters) waiter.reject(closed());
    const idle = this.#idle.splice(0);
    for (const entry of this.#entries) if (!idle.includes(entry)) this.#destroy(entry);
    await Promise.all(idle.map((entry) => this.#end(entry)));
  }

  /** Replaces what is not newer than `entry`, which is gone already. */
  #retire({ generation }: Entry<C>): void {
    if (generation !== this.#generation || Math.abs(Date.now() - this.#retiredAt) < RETIRE_INTERVAL_MS) return;
    this.#generation++;
    this.#retiredAt = Date.now();
    for (const idle of this.#idle.splice(0)) void this.#end(idle);
  }

  /** An idle connection that needs no probe; those that are past use are dropped on the way. */
  #takeFresh(): Entry<C> | undefined {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      if (!this.#isUsable(entry)) void this.#end(entry);
      else if (Date.now() - entry.idleSince <= this.#options.idleProbeMs) return entry;
      else {
        this.#idle.push(entry);
        return undefined;
      }
    }
    return undefined;
  }

  #isUsable(entry: Entry<C>): boolean {
    return (
      entry.generation === this.#generation &&
      Date.now() - entry.openedAt < this.#options.maxLifetimeMs &&
      this.#connections.isAlive(entry.connection)
    );
  }

  #wait(signal: AbortSignal | undefined, use: Use): Promise<Lease<C>> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter<C> = {
        use,
        resolve: (lease) => {
          settle();
          resolve(lease);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      // A connection that is being opened for a waiter who has gone serves the next one.
      const onAbort = () => waiter.reject(interrupted(signal!, 'not-applied'));
      const timer = setTimeout(() => waiter.reject(this.#exhausted()), this.#options.acquireTimeoutMs);
      signal?.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  /** Makes sure that a connection is coming for every waiter, as far as `max` allows. */
  #serve(): void {
    while (this.#coming < this.#waiters.size) {
      const entry = this.#idle.pop();
      if (entry !== undefined) void this.#probe(entry);
      else if (this.size < this.#options.max) void this.#open();
      else return;
    }
  }

  async #open(): Promise<void> {
    this.#coming++;
    this.#opening++;
    const generation = this.#generation;
    try {
      const connection = await this.#connections.open(this.#closing.signal);
      const entry = { connection, openedAt: Date.now(), generation, idleSince: 0 };
      this.#entries.add(entry);
      this.#failedAt = undefined;
      this.#opening--;
      this.#coming--;
      this.#offer(entry);
    } catch (error) {
      this.#failedAt = Date.now();
      this.#opening--;
      this.#coming--;
      this.#openFailed(error);
    }
  }

  /** Waiters who can still hope for another connection go on waiting; the others get the error. */
  #openFailed(error: unknown): void {
    const held = this.#held.statement + this.#held.transaction + this.#held.stream;
    for (const waiter of this.#waiters) {
      if (this.#waiters.size <= this.#coming) break;
      waiter.reject(error);
      if (held > 0 || this.#coming > 0) break;
    }
    this.#serve();
  }

  async #probe(entry: Entry<C>): Promise<void> {
    this.#coming++;
    this.#connections.ref(entry.connection);
    let late = false;
    const works =
      this.#isUsable(entry) &&
      (await within(this.#options.probeTimeoutMs ?? 1_000, (signal) => {
        signal.addEventListener('abort', () => {
          late = true;
        });
        return this.#connections.probe(entry.connection, signal);
      }));
    // The others have been idle for longer: most likely they are as dead, and each would cost a deadline of its own.
    if (late) for (const other of this.#idle.splice(0)) this.#destroy(other);
    this.#coming--;
    if (works) this.#offer(entry);
    else {
      this.#destroy(entry);
      this.#serve();
    }
  }

  /** A connection is free: lends it to who has waited longest, else keeps it. */
  #offer(entry: Entry<C>): void {
    if (!this.#entries.has(entry)) return;
    if (this.#closing.signal.aborted) {
      this.#destroy(entry);
      return;
    }
    if (!this.#isUsable(entry)) {
      void this.#end(entry);
      this.#serve();
      return;
    }
    for (const waiter of this.#waiters) {
      waiter.resolve(this.#lend(entry, waiter.use));
      return;
    }
    entry.idleSince = Date.now();
    this.#connections.unref(entry.connection);
    this.#idle.push(entry);
  }

  #lend(entry: Entry<C>, use: Use): Lease<C> {
    this.#connections.ref(entry.connection);
    this.#held[use]++;
    let open = true;
    const finish = (then: () => void) => {
      if (!open) return;
      open = false;
      this.#held[use]--;
      then();
    };
    return {
      connection: entry.connection,
      release: () => finish(() => this.#offer(entry)),
      destroy: () =>
        finish(() => {
          this.#destroy(entry);
          this.#serve();
        }),
      retire: () =>
        finish(() => {
          this.#destroy(entry);
          this.#retire(entry);
          this.#serve();
        }),
    };
  }

  async #end(entry: Entry<C>): Promise<void> {
    this.#entries.delete(entry);
    await within(END_TIMEOUT_MS, () => this.#connections.end(entry.connection));
    this.#connections.destroy(entry.connection);
  }

  #destroy(entry: Entry<C>): void {
    this.#entries.delete(entry);
    this.#connections.destroy(entry.connection);
  }

  #exhausted(): ConnectorError {
    const { max, acquireTimeoutMs } = this.#options;
    const { transaction, stream } = this.#held;
    if (this.#coming > 0 && transaction + stream < max) {
      return new ConnectorError('TIMEOUT', `No connection was ready within ${acquireTimeoutMs} ms.`);
    }
    const holders = `${transaction} by open transactions, ${stream} by streams`;
    const cure =
      transaction + stream > 0
        ? ' Inside the body of a transaction use tx, not the connection; end every transaction and stream; or raise "max".'
        : ' Raise "max", or run fewer statements at once.';
    return new ConnectorError(
      'TIMEOUT',
      `All ${max} connections of the pool stayed in use for ${acquireTimeoutMs} ms (${holders}).${cure}`,
    );
  }
}

/** Whether `work` is done before the deadline and without an error. */
async function within(milliseconds: number, work: (deadline: AbortSignal) => Promise<void>): Promise<boolean> {
  const deadline = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      deadline.abort();
      resolve(false);
    }, milliseconds);
  });
  const done = work(deadline.signal).then(
    () => true,
    () => false,
  );
  const result = await Promise.race([done, late]);
  clearTimeout(timer);
  return result;
}

function closed(): ConnectorError {
  return new ConnectorError('CLOSED', 'The connection was closed.');
}
