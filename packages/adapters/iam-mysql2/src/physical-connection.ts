import type { RawResult, ValueOptions } from '@sqlport/core/spi';
import type { KillAccess } from './cancel.ts';
import type { Place } from './error.ts';
import type { Mysql2Connection, Mysql2Error } from './mysql2-connection.ts';
import { ResultCollector } from './result-collector.ts';
import { type AnswerListener, IN_TRANSACTION, TextQuery } from './text-query.ts';

/** What a connection may do beyond running statements; left out: what one of the user's own pool may. */
export interface ConnectionRights {
  /** How a statement on it can be killed; undefined where it cannot. */
  readonly killAccess?: KillAccess | undefined;
  /** Whether it leads through RDS Proxy, which lends its session to a server for a transaction at a time. */
  readonly proxied?: boolean;
}

/** One connection to the server: sends statements, and knows whether it still lives and is in a transaction. */
export class PhysicalConnection {
  readonly #native: Mysql2Connection;
  readonly #values: ValueOptions;
  readonly rights: ConnectionRights;
  #alive = true;
  #inTransaction: boolean | undefined = false;
  readonly #onStatus = (status: number | undefined, error?: Mysql2Error): void => {
    this.#inTransaction = status === undefined ? undefined : (status & IN_TRANSACTION) !== 0;
    if (error !== undefined && isFarewell(error)) this.#alive = false;
  };

  constructor(native: Mysql2Connection, values: ValueOptions, rights: ConnectionRights = {}) {
    this.rights = rights;
    this.#native = native;
    this.#values = values;
    const end = () => {
      this.#alive = false;
    };
    native.on('error', end);
    native.on('end', end);
    native.stream.on('close', end);
  }

  /** False once the connection is known to be of no more use. */
  get isAlive(): boolean {
    return this.#alive && !this.#native.stream.destroyed;
  }

  /** By the server's last word; undefined after an error, which does not tell. */
  get inTransaction(): boolean | undefined {
    return this.#inTransaction;
  }

  /** The server's id of the connection, for KILL. */
  get id(): number {
    return this.#native.threadId;
  }

  /** Where the server was reached: an address, not a name. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    const { remoteAddress, remotePort } = this.#native.stream;
    return remoteAddress === undefined || remotePort === undefined
      ? undefined
      : { host: remoteAddress, port: remotePort };
  }

  /** Runs a statement and reads the whole result. `place` decides what an error says about the statement. */
  query(text: string, place: Place = 'statement'): Promise<RawResult> {
    return new Promise((resolve, reject) => {
      this.send(text, new ResultCollector(this.#values, place, resolve, reject));
    });
  }

  /** Runs a statement whose answer goes to `listener`, packet by packet. */
  send(text: string, listener: AnswerListener): void {
    this.#native.addCommand(new TextQuery(text, listener, this.#onStatus));
  }

  /** Stops reading, which makes the server wait. */
  pause(): void {
    this.#native.pause();
  }

  resume(): void {
    this.#native.resume();
  }

  /** The socket keeps the process alive. */
  ref(): void {
    this.#native.stream.ref();
  }

  unref(): void {
    this.#native.stream.unref();
  }

  /** Says goodbye, and resolves when the server has hung up. */
  end(): Promise<void> {
    if (!this.isAlive) return Promise.resolve();
    return new Promise((resolve) => {
      this.#native.stream.on('close', resolve);
      this.#native.end();
    });
  }

  /** Frees the socket at once. */
  destroy(): void {
    this.#alive = false;
    this.#native.stream.destroy();
  }
}

/** ER_CLIENT_INTERACTION_TIMEOUT. */
const IDLE_TOO_LONG = 4031;

/** Whether the server hangs up after this error: class 08 is about the connection itself. */
function isFarewell({ errno, sqlState }: Mysql2Error): boolean {
  return errno === IDLE_TOO_LONG || (sqlState ?? '').startsWith('08');
}
