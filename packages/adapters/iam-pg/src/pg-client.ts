/** The slices of `pg` that this package builds on. Read from the sources of pg 8.23; described structurally. */

import type { PostgresMessage } from '@sqlport/core/spi/postgres';

/** The socket under a client: TCP, or TLS over it. */
interface PgStream {
  readonly writable: boolean;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  write(bytes: Uint8Array): boolean;
  destroy(): unknown;
}

/** pg's `Connection`: emits an event for each message of the server, and `end` once the socket is closed. */
export interface PgWire {
  readonly stream: PgStream;
  on(event: 'parameterStatus', listener: (message: ParameterStatus) => void): unknown;
  prependListener(event: 'readyForQuery', listener: (message: { status: TransactionStatus }) => void): unknown;
}

/** A setting of the session, as the server reports it at login and whenever it changes. */
interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/** PostgreSQL's ReadyForQuery: idle, in a transaction, or in one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/**
 * What `client.query` takes for queries of another make, such as pg-cursor. After an ErrorResponse pg calls
 * `handleError` and nothing more, so the end of the exchange is seen by listening for `readyForQuery`.
 */
export interface Submittable {
  submit(wire: PgWire): Error | null;
  handleRowDescription(message: PostgresMessage): void;
  handleDataRow(message: PostgresMessage): void;
  handleCommandComplete(message: PostgresMessage): void;
  handlePortalSuspended(): void;
  handleEmptyQuery(): void;
  handleCopyInResponse(wire: PgWire): void;
  handleCopyData(): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
}

/** pg's `Client`. */
export interface PgClient {
  readonly connection: PgWire;
  readonly processID: number | null;
  readonly secretKey: number | null;
  /** What the start-up packet holds, but for `client_encoding`, which is always UTF8. */
  getStartupConf(): Readonly<Record<string, string>>;
  connect(): Promise<unknown>;
  query(query: Submittable): unknown;
  end(): Promise<void>;
  ref(): void;
  unref(): void;
  on(event: 'error' | 'end', listener: (error: Error) => void): unknown;
}
