import { ConnectorError, interrupted, type ValueOptions } from '@sqlport/core/spi';
import { waitForPool } from '@sqlport/core/spi/pool';
import type { ConnectionSource } from './driver.ts';
import { connectError } from './error.ts';
import type { Loan } from './loan.ts';
import type { PgClient } from './pg-client.ts';
import { PhysicalConnection } from './physical-connection.ts';
import { REQUIRED, wrongSettings } from './session-settings.ts';

/** The slice of pg's `Pool` that is needed of a user's own pool. */
export interface InjectedPool {
  connect(): Promise<InjectedClient>;
}

/** A client on loan from the user's pool; `release(true)` makes the pool throw it away. */
export interface InjectedClient {
  release(destroy?: boolean): void;
}

/** Lends the clients of a user's own pool. The pool is theirs: its sessions are looked at, not changed, and it is not closed. */
export class InjectedConnections implements ConnectionSource {
  readonly #pool: InjectedPool;
  readonly #acquireTimeoutMs: number;
  readonly #values: ValueOptions;
  readonly #known = new WeakMap<InjectedClient, PhysicalConnection>();

  constructor(pool: InjectedPool, acquireTimeoutMs: number, values: ValueOptions) {
    this.#pool = pool;
    this.#acquireTimeoutMs = acquireTimeoutMs;
    this.#values = values;
  }

  async acquire(signal: AbortSignal | undefined): Promise<Loan> {
    if (signal?.aborted) throw interrupted(signal, 'not-applied');
    const client = await waitForPool(this.#pool.connect().catch(cannotConnect), {
      acquireTimeoutMs: this.#acquireTimeoutMs,
      signal,
      giveBack: (late) => late.release(),
    });
    try {
      const connection = this.#known.get(client) ?? (await this.#adopt(client));
      if (connection.isAlive && !connection.isIdle) {
        const message = 'The pool lent a connection with a transaction open: whoever had it before did not end it.';
        throw new ConnectorError('TRANSACTION', message);
      }
      return loanOf(client, connection);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** The pool is the user's to close. */
  async close(): Promise<void> {}

  /** Checks a client that is seen for the first time. */
  async #adopt(lent: InjectedClient): Promise<PhysicalConnection> {
    const client = lent as InjectedClient & PgClient & { readonly pipeline?: boolean };
    if (typeof client.connection?.prependListener !== 'function' || client.pipeline === true) {
      const message = 'The pool must hold clients of pg itself: not pg-native, and without `pipeline`.';
      throw new ConnectorError('CONFIG', message);
    }
    const connection = new PhysicalConnection(client, this.#values);
    await checkSession(connection);
    this.#known.set(lent, connection);
    return connection;
  }
}

function cannotConnect(error: unknown): never {
  throw connectError(error);
}

async function checkSession(connection: PhysicalConnection): Promise<void> {
  const names = Object.keys(REQUIRED);
  const text = `SELECT ${names.map((_, index) => `current_setting($${index + 1})`).join(', ')}`;
  let row: readonly unknown[] | undefined;
  try {
    row = (await connection.run([{ statement: { text, params: names } }]))[0]?.rows[0];
  } catch (error) {
    throw connectError((error as { native?: unknown }).native ?? error);
  }
  const wrong = wrongSettings(new Map(names.map((name, index) => [name, String(row?.[index])])));
  if (wrong.length === 0) return;
  const cure =
    "new Pool({ options: '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c standard_conforming_strings=on' })";
  throw new ConnectorError(
    'CONFIG',
    `The pool's sessions have other settings than sqlport relies on (${wrong.join(', ')}): ${cure}.`,
  );
}

function loanOf(client: InjectedClient, connection: PhysicalConnection): Loan {
  let open = true;
  const release = (destroy: boolean) => {
    if (open) client.release(destroy);
    open = false;
  };
  const destroy = () => release(true);
  // The other connections are the pool's own.
  return { connection, release: () => release(false), destroy, retire: destroy };
}
