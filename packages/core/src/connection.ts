import type { Dialect, ValueOptions } from '@sqlport/dialect';
import type { QueryEvent } from './events.ts';
import type { QueryOptions, TransactionOptions } from './options.ts';
import type { Queryable } from './queryable.ts';
import type { RetryOptions } from './retry.ts';
import type { Traits } from './spi/adapter.ts';
import type { Transaction } from './transaction.ts';

/** Options of {@link connect}; the same for every strategy. */
export interface ConnectOptions {
  /** How 64-bit integers come out. Default `number`, with a `DATA` error for one that is not safe. */
  readonly int64?: ValueOptions['int64'] | undefined;
  /** How `timestamptz` and MySQL's TIMESTAMP come out. Default `date`; `string` keeps microseconds. */
  readonly instants?: ValueOptions['instants'] | undefined;
  /** How JSON comes out. Default `parsed`; `text` keeps numbers beyond 2^53. */
  readonly json?: ValueOptions['json'] | undefined;
  /** How core repeats what certainly had no effect. `false`: never. */
  readonly retry?: RetryOptions | false | undefined;
  /** Called after every call, with what happened; never with parameters. What it throws is ignored. */
  readonly onQuery?: ((event: QueryEvent) => void) | undefined;
}

/**
 * A database, reached by one strategy. Nothing is opened before the first use. Any number of calls may be made at
 * once; outside of a transaction each may run on another session of the server.
 */
export interface Connection extends Queryable, AsyncDisposable {
  /** The adapter's name, `iam-pg` for one. */
  readonly adapter: string;
  readonly dialect: Dialect;
  /** What the strategy can do; known before anything is opened. */
  readonly capabilities: Traits;
  /** Starts a transaction that the caller ends. Prefer `transaction`, which cannot forget to. */
  begin(options?: TransactionOptions): Promise<Transaction>;
  /** Resolves when the database answers. */
  ping(options?: QueryOptions): Promise<void>;
  /**
   * Refuses new calls with `CLOSED`, lets statements under way finish, ends streams, rolls back open transactions
   * and frees everything. Calling it again waits for the same end.
   */
  close(): Promise<void>;
}
