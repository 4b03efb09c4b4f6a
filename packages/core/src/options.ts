import { ConnectorError } from './errors.ts';

/** Where a statement goes. A reader may lag behind the writer. */
export type Route = 'writer' | 'reader';

export type IsolationLevel = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** All of them, as PostgreSQL and MySQL have them. */
export const ISOLATION_LEVELS: readonly IsolationLevel[] = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
];

/** Options of a single call. */
export interface QueryOptions {
  /** Aborts the call: its promise settles at once. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time the call may take, in milliseconds, retries included. Default: no limit but the adapter's own. */
  readonly timeoutMs?: number | undefined;
  /** Default `writer`. `reader` is a hint: where the strategy has no reader, the writer answers. */
  readonly route?: Route | undefined;
  /** True says that running the statement twice does no harm: then outcomes `unknown` are retried as well. Default false. */
  readonly idempotent?: boolean | undefined;
}

/** Options of `stream`. */
export interface StreamOptions extends QueryOptions {
  /** Rows fetched at a time, 1 to 100,000. Default 1,000. */
  readonly pageSize?: number | undefined;
}

/** Options of `begin` and `transaction`. */
export interface TransactionOptions {
  /** Default: the server's own. */
  readonly isolation?: IsolationLevel | undefined;
  /** Default false. A write in a read-only transaction is a `READ_ONLY` error. */
  readonly readOnly?: boolean | undefined;
  /** Default `writer`; `reader` needs `readOnly: true`. */
  readonly route?: Route | undefined;
  /** Aborts BEGIN, every call in the transaction, and COMMIT. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Longest time for each statement that the transaction itself needs, in milliseconds: BEGIN, savepoints, COMMIT. What
   * the body runs has limits of its own. Default: no limit but the adapter's own.
   */
  readonly timeoutMs?: number | undefined;
  /** `transaction` only: how often the body is run again when the transaction fails with `CONFLICT`. Default 0. */
  readonly retry?: number | undefined;
}

const OF_CALLS = ['signal', 'timeoutMs', 'route', 'idempotent'];

/** The names of the options of each kind of call. */
const NAMES = {
  call: OF_CALLS,
  stream: [...OF_CALLS, 'pageSize'],
  transaction: ['isolation', 'readOnly', 'route', 'signal', 'timeoutMs', 'retry'],
};

/** Throws `DATA` for an option that does not exist: a misspelt limit would be no limit. */
export function checkOptionNames(options: unknown, kind: keyof typeof NAMES): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) throw new ConnectorError('DATA', 'Options must be an object.');
  for (const name in options) {
    if (NAMES[kind].includes(name)) continue;
    throw new ConnectorError('DATA', `There is no option "${name}". Options: ${NAMES[kind].join(', ')}.`);
  }
}
