import { ConnectorError, interrupted, type ValueOptions } from '@sqlport/core/spi';
import { type Lease, waitForPool } from '@sqlport/core/spi/pool';
import type { ConnectionSource } from './driver.ts';
import { connectError } from './error.ts';
import type { Mysql2Connection, Mysql2Error } from './mysql2-connection.ts';
import { PhysicalConnection } from './physical-connection.ts';
import { sessionSetup } from './session-setup.ts';

/** The slice of mysql2's pool that is needed of a user's own; `mysql2/promise` has the same pool inside. */
export type InjectedPool = CallbackPool | { getConnection(): Promise<unknown>; readonly pool: CallbackPool };

export interface CallbackPool {
  getConnection(callback: (error: Error | null, connection: InjectedConnection) => void): void;
}

/** A connection on loan from the user's pool. */
export interface InjectedConnection {
  release(): void;
  destroy(): void;
}

/** CLIENT_FOUND_ROWS: an UPDATE counts the rows it matched. mysql2's default. */
const FOUND_ROWS = 0x0002;

/** Answers 1 where the session is what the contract relies on. SYSTEM is the server's own zone. */
const IS_FIT = `SELECT
  IF(@@time_zone = 'SYSTEM', @@system_time_zone, @@time_zone) IN ('+00:00', 'UTC', 'GMT', 'Etc/UTC')
  AND @@sql_mode LIKE '%STRICT_TRANS_TABLES%'
  AND NOT @@sql_mode REGEXP 'ANSI_QUOTES|NO_BACKSLASH_ESCAPES|PIPES_AS_CONCAT|PAD_CHAR_TO_FULL_LENGTH'
  AND @@character_set_client = 'utf8mb4' AND @@character_set_results = 'utf8mb4'
  AND @@autocommit = 1`;

/** Lends the connections of a user's own pool. The pool is theirs: its sessions are looked at, not changed, and it is not closed. */
export class InjectedConnections implements ConnectionSource {
  readonly #pool: CallbackPool;
  readonly #acquireTimeoutMs: number;
  readonly #values: ValueOptions;
  readonly #known = new WeakMap<InjectedConnection, PhysicalConnection>();

  constructor(pool: InjectedPool, acquireTimeoutMs: number, values: ValueOptions) {
    this.#pool = 'pool' in pool ? pool.pool : pool;
    this.#acquireTimeoutMs = acquireTimeoutMs;
    this.#values = values;
  }

  async acquire(signal: AbortSignal | undefined): Promise<Lease<PhysicalConnection>> {
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    const lent = await waitForPool(this.#ask(), {
      acquireTimeoutMs: this.#acquireTimeoutMs,
      signal,
      giveBack: (late) => late.release(),
    });
    try {
      return leaseOf(lent, this.#known.get(lent) ?? (await this.#adopt(lent)));
    } catch (error) {
      lent.destroy();
      throw error;
    }
  }

  /** The pool is the user's to close. */
  async close(): Promise<void> {}

  #ask(): Promise<InjectedConnection> {
    return new Promise((resolve, reject) => {
      this.#pool.getConnection((error, connection) => {
        if (error) reject(connectError(error as Mysql2Error, undefined));
        else resolve(connection);
      });
    });
  }

  /** Checks a connection that is seen for the first time. */
  async #adopt(lent: InjectedConnection): Promise<PhysicalConnection> {
    const native = lent as unknown as Mysql2Connection;
    if (typeof native.addCommand !== 'function' || (native.config.clientFlags & FOUND_ROWS) === 0) {
      throw new ConnectorError('CONFIG', 'The pool must be one of mysql2, without the flag "-FOUND_ROWS".');
    }
    const connection = new PhysicalConnection(native, this.#values);
    const { rows } = await connection.query(IS_FIT);
    if (Number(rows[0]?.[0]) !== 1) {
      throw new ConnectorError(
        'CONFIG',
        `The pool's sessions have other settings than sqlport relies on: pool.on('connection', (c) => c.query("${sessionSetup(false)}")).`,
      );
    }
    this.#known.set(lent, connection);
    return connection;
  }
}

function leaseOf(lent: InjectedConnection, connection: PhysicalConnection): Lease<PhysicalConnection> {
  let open = true;
  const once = (action: () => void) => () => {
    if (open) action();
    open = false;
  };
  const destroy = once(() => lent.destroy());
  // The other connections are the pool's own.
  return { connection, release: once(() => lent.release()), destroy, retire: destroy };
}
