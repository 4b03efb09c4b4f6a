import { randomBytes } from 'node:crypto';
import type mysql from 'mysql2/promise';
import type { EngineConnections } from './engine-connections.ts';

/** A server connection that belongs to the holder of a token. */
export interface Session {
  readonly token: string;
  readonly user: string;
  readonly connection: mysql.Connection;
  /** Opened by `TiDB-Stateful-Action: open`; otherwise by BEGIN, and then it ends with the transaction. */
  readonly stateful: boolean;
  busy: boolean;
  lastUsedAt: number;
  /** When its transaction began; undefined while there is none. */
  transactionSince: number | undefined;
}

const idleLimitMs = 10 * 60_000;
const transactionLimitMs = 30 * 60_000;
/** How often ends are looked for, in real time; the clock may be a test's. */
const sweepIntervalMs = 100;
/** Tokens of sessions that ran out, or were closed, and are still known to have done so. */
const rememberedTokens = 10_000;

export const newToken = (): string => randomBytes(24).toString('base64url');

/** The sessions that hold a server connection. */
export class Sessions {
  readonly #clock: () => number;
  readonly #connections: EngineConnections;
  readonly #open = new Map<string, Session>();
  readonly #expired = new Set<string>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(connections: EngineConnections, clock: () => number) {
    this.#connections = connections;
    this.#clock = clock;
    this.#sweeper = setInterval(() => this.#sweep(), sweepIntervalMs).unref();
  }

  get open(): number {
    this.#sweep();
    return this.#open.size;
  }

  /** The session of a token; a token of another user leads nowhere. */
  find(token: string, user: string): Session | 'expired' | undefined {
    this.#sweep();
    if (this.#expired.has(token)) return 'expired';
    const session = this.#open.get(token);
    return session?.user === user ? session : undefined;
  }

  /** Ties a connection, which was taken before, to a new token. */
  add(connection: mysql.Connection, user: string, stateful: boolean): Session {
    const now = this.#clock();
    const session: Session = {
      token: newToken(),
      user,
      connection,
      stateful,
      busy: false,
      lastUsedAt: now,
      transactionSince: stateful ? undefined : now,
    };
    this.#open.set(session.token, session);
    return session;
  }

  /** Notes what a statement has done to its session. Without its transaction, a session that BEGIN opened ends. */
  afterStatement(session: Session, inTransaction: boolean | undefined): void {
    session.busy = false;
    session.lastUsedAt = this.#clock();
    if (inTransaction === undefined) return;
    if (inTransaction) session.transactionSince ??= session.lastUsedAt;
    else if (session.stateful) session.transactionSince = undefined;
    else this.end(session);
  }

  /** Gives the connection back, cleared; the token is unknown from now on. */
  end(session: Session): void {
    if (this.#open.delete(session.token)) this.#connections.release(session.connection);
  }

  /** Ends what the client has closed itself; using it again is an error. */
  retire(session: Session): void {
    this.#remember(session.token);
    this.end(session);
  }

  /** As {@link expire}, for those that nothing has used for so long. */
  expireIdle(idleMs: number): void {
    const latest = this.#clock() - idleMs;
    for (const session of this.#open.values()) {
      if (!session.busy && session.lastUsedAt <= latest) void this.expire(session);
    }
  }

  /** Ends a session, its transaction rolled back, as if its time were over. */
  async expire(session: Session): Promise<void> {
    this.#remember(session.token);
    await this.drop(session);
  }

  /** Ends a session and what runs on it, its transaction rolled back; the token is unknown from now on. */
  async drop(session: Session): Promise<void> {
    if (this.#open.delete(session.token)) await this.#connections.discard(session.connection);
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#open.clear();
  }

  #remember(token: string): void {
    this.#expired.add(token);
    if (this.#expired.size > rememberedTokens) this.#expired.delete(this.#expired.values().next().value!);
  }

  #sweep(): void {
    const now = this.#clock();
    for (const session of this.#open.values()) {
      const { busy, lastUsedAt, transactionSince = now } = session;
      const over = now - transactionSince >= transactionLimitMs || (!busy && now - lastUsedAt >= idleLimitMs);
      if (over) void this.expire(session);
    }
  }
}
