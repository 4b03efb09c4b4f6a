import type { Dialect, ValueOptions } from '@sqlport/dialect';
import type { IsolationLevel } from '../options.ts';
import type { Driver } from './driver.ts';

/**
 * What a strategy can do, readable before anything is opened; it is also what `connection.capabilities` shows.
 * Core checks it against the opened driver's methods, so it cannot drift from the truth.
 */
export interface Traits {
  readonly dialect: Dialect;
  /** Whether the driver has `begin`. False: transactions, and what is built on them, are answered with `UNSUPPORTED`. */
  readonly transactions: boolean;
  /** Isolation levels that `begin` accepts; others are answered with `UNSUPPORTED` before anything is sent. */
  readonly isolationLevels: readonly IsolationLevel[];
  /** `incremental`: the driver's `stream` holds a page at a time; `buffered`: core reads the whole result first. */
  readonly streams: 'incremental' | 'buffered';
  /** Whether other statements may run on a transaction while a stream on it is open. */
  readonly interleavedStreams: boolean;
  /** Whether an abort also stops the statement on the server, as far as that is safe. */
  readonly serverCancel: boolean;
  /** Whether `route: 'reader'` reaches another endpoint than the writer. */
  readonly readers: boolean;
  /** Longest statement that is sent, in bytes; bounds the folding of `executeMany`. Default 1 MiB. */
  readonly maxStatementBytes?: number;
  /** Most parameters of one statement; bounds the folding of `executeMany`. Default 30,000. */
  readonly maxParameters?: number;
}

/** The traits of a strategy that runs statements and can do no more. An adapter writes those that it adds. */
export const BASIC_TRAITS: Omit<Traits, 'dialect'> = {
  transactions: false,
  isolationLevels: [],
  streams: 'buffered',
  interleavedStreams: false,
  serverCancel: false,
  readers: false,
};

/** What core hands to {@link Adapter.open}. */
export interface OpenOptions {
  /** Aborted when the connection is closed while it opens. */
  readonly signal: AbortSignal;
  /** How values come out; the same for the life of the driver. */
  readonly values: ValueOptions;
}

/** A configured strategy. Made by an adapter package's factory; making one opens nothing and loads nothing heavy. */
export interface Adapter {
  /** Version of this contract. Core refuses any it does not know with a `CONFIG` error. */
  readonly specVersion: 1;
  /** The adapter's name, which is also the scheme of its URLs: `iam-pg`. */
  readonly name: string;
  readonly traits: Traits;
  /**
   * Called by core at the first use of a connection, once; after a failure again at the next use.
   * Throws `ConnectorError` with outcome `not-applied`.
   */
  open(options: OpenOptions): Promise<Driver>;
}
