import type { Statement } from '@sqlport/dialect';
import type { Route, TransactionOptions } from '../options.ts';
import type { Column } from '../result.ts';

/** One result as the driver read it: rows are arrays, values already decoded to the contract's JavaScript types. */
export interface RawResult {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
  readonly rowsAffected: number;
  /** MySQL only. */
  readonly insertId?: bigint;
}

/** A part of a streamed result. Every page repeats the columns; an empty result is one page without rows. */
export interface RawPage {
  readonly columns: readonly Column[];
  /** Core takes this array apart: it must be the page's own. */
  readonly rows: (readonly unknown[])[];
}

/** What core passes with every call. */
export interface ExecuteOptions {
  /**
   * Aborted by the caller's signal, by `timeoutMs` or by `close()`. The driver settles at once with
   * `interrupted(signal, outcome)` and does its cleaning up behind the caller's back.
   */
  readonly signal?: AbortSignal | undefined;
  /** Default `writer`. Only set where `traits.readers` is true. */
  readonly route?: Route | undefined;
}

/** What core passes to {@link Session.stream}. */
export interface StreamPageOptions extends ExecuteOptions {
  /** Rows a page, at the most. */
  readonly pageSize: number;
}

/**
 * Runs statements. Core has checked each one (exactly one statement, placeholders and parameters match, no
 * transaction control) and binds it with the dialect's own placeholders.
 * Throws only `ConnectorError`, with an honest `outcome`.
 */
export interface Session {
  execute(statement: Statement, options: ExecuteOptions): Promise<RawResult>;
  /**
   * All of the statements in order, or none. On a transaction: core wraps the call where a failure would leave a
   * part behind. Left out: core runs them one by one (in a transaction of its own where there is none).
   */
  batch?(statements: readonly Statement[], options: ExecuteOptions): Promise<readonly RawResult[]>;
  /**
   * As `batch`, for statements whose results nobody wants, nearly all of one text: for wires that take many sets of
   * parameters in one request. Left out: core uses `batch`.
   */
  executeMany?(statements: readonly Statement[], options: ExecuteOptions): Promise<void>;
  /**
   * Reads a result page by page; `return()` of the iterator releases everything. After an abort core may call it
   * while `next()` is pending, and does not wait for it. Present exactly where `traits.streams` is `incremental`.
   */
  stream?(statement: Statement, options: StreamPageOptions): AsyncIterable<RawPage>;
}

/**
 * An open transaction. Core never calls it twice at once (but for a stream where `traits.interleavedStreams` is
 * true) and calls `commit` or `rollback` exactly once, whatever happened before.
 */
export interface DriverTransaction extends Session {
  /** Resolves only when the server confirmed COMMIT. A failed one: `outcome` says what became of it. Never leaves it open. */
  commit(options: ExecuteOptions): Promise<void>;
  /** Ends the transaction on the server, if need be by giving up the physical connection. */
  rollback(): Promise<void>;
}

/** An opened strategy: a pool or an HTTP client. Must allow any number of calls at once. */
export interface Driver extends Session {
  /** Present exactly where `traits.transactions` is true. */
  begin?(options: TransactionOptions, call: ExecuteOptions): Promise<DriverTransaction>;
  /** Called once, after every call has settled. Frees all sockets, also those that do not answer. */
  close(): Promise<void>;
}
