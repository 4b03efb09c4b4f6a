import { type Dialect, type ErrorCode, withoutLiterals } from '@sqlport/dialect';
import { isConnectorError, type Outcome } from './errors.ts';
import type { RawResult } from './spi/driver.ts';

/** What happened in one call. Holds no parameter and no literal of the statement. */
export interface QueryEvent {
  readonly adapter: string;
  readonly dialect: Dialect;
  /** What was asked of the driver. `executeMany` is a `batch`, or a `query` where it folds into one
   * statement; every fetch of a stream is an event of its own. */
  readonly operation: 'query' | 'stream' | 'batch' | 'begin' | 'commit' | 'rollback' | 'savepoint';
  /** The statement with `?` for every literal, or the first one of several; empty for `begin`, `commit` and `rollback`. */
  readonly text: string;
  readonly transaction: boolean;
  /** From the call to its end, retries and waiting included. Milliseconds. */
  durationMs: number;
  /** Tries made; above 1 where core repeated the call. */
  attempts: number;
  /** Rows received. */
  rows: number;
  rowsAffected: number;
  error?: { readonly code: ErrorCode; readonly outcome: Outcome; readonly sqlState?: string; readonly errno?: number };
}

/** The slice of Node's `TracingChannel` that is used; other runtimes may have none. */
interface TracingChannel {
  /** Bun has it on the channels of the parts only: `start`, `end` … */
  readonly hasSubscribers?: boolean;
  tracePromise(run: () => Promise<void>, context: object): Promise<void>;
}

let channel: TracingChannel | undefined | null = null;

/** `sqlport:query` of `node:diagnostics_channel`, or undefined where the runtime has no such thing. */
function tracingChannel(): TracingChannel | undefined {
  if (channel === null) {
    // getBuiltinModule and not import: core must load in runtimes that do not know node:.
    const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process;
    const module = host?.getBuiltinModule?.('node:diagnostics_channel') as
      | { tracingChannel?: (name: string) => TracingChannel }
      | undefined;
    channel = module?.tracingChannel?.('sqlport:query');
  }
  return channel;
}

const hasSubscribers = (traced: TracingChannel): boolean =>
  traced.hasSubscribers ?? Object.values(traced).some((part) => part.hasSubscribers);

/** Tells about calls: to the `onQuery` hook and to subscribers of the tracing channel. Costs nothing where nobody listens. */
export class Observer {
  readonly #adapter: string;
  readonly #dialect: Dialect;
  readonly #onQuery: ((event: QueryEvent) => void) | undefined;

  constructor(adapter: string, dialect: Dialect, onQuery: ((event: QueryEvent) => void) | undefined) {
    this.#adapter = adapter;
    this.#dialect = dialect;
    this.#onQuery = onQuery;
  }

  /**
   * Runs a call and tells about it. `run` may fill in the event that it is given, if there is one; it throws
   * nothing but `ConnectorError`.
   */
  observe<T>(
    operation: QueryEvent['operation'],
    text: string,
    transaction: boolean,
    run: (event: QueryEvent | undefined) => Promise<T>,
  ): Promise<T> {
    const traced = tracingChannel();
    const channel = traced && hasSubscribers(traced) ? traced : undefined;
    if (channel === undefined && this.#onQuery === undefined) return run(undefined);
    const event: QueryEvent = {
      adapter: this.#adapter,
      dialect: this.#dialect,
      operation,
      text: withoutLiterals(text, this.#dialect),
      transaction,
      durationMs: 0,
      attempts: 1,
      rows: 0,
      rowsAffected: 0,
    };
    return this.#observed(event, channel, run);
  }

  async #observed<T>(
    event: QueryEvent,
    channel: TracingChannel | undefined,
    run: (event: QueryEvent) => Promise<T>,
  ): Promise<T> {
    let result: T | undefined;
    // The channel would hand the resolved value to its subscribers: rows are none of their business.
    const work = async (): Promise<void> => {
      result = await this.#timed(event, run);
    };
    await (channel === undefined ? work() : channel.tracePromise(work, event));
    return result as T;
  }

  async #timed<T>(event: QueryEvent, run: (event: QueryEvent) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await run(event);
    } catch (error) {
      if (isConnectorError(error)) {
        const { code, outcome, sqlState, errno } = error;
        event.error = { code, outcome, ...(sqlState && { sqlState }), ...(errno && { errno }) };
      }
      throw error;
    } finally {
      event.durationMs = performance.now() - startedAt;
      this.#tell(event);
    }
  }

  /** A hook must not change what the call answers, neither by throwing nor by rejecting. */
  #tell(event: QueryEvent): void {
    try {
      const told: unknown = this.#onQuery?.(event);
      if (told instanceof Promise) told.catch(() => {});
    } catch {}
  }
}

/** Tells an event what a result brought. */
export function countRows(event: QueryEvent, { rows, rowsAffected }: RawResult): void {
  event.rows += rows.length;
  event.rowsAffected += rowsAffected;
}

/** The same for the results of a batch. */
export function countAllRows(event: QueryEvent, results: readonly RawResult[]): void {
  for (const result of results) countRows(event, result);
}
