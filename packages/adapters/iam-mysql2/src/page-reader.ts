import { type Column, fromSqlTextError, type RawPage, type ValueOptions } from '@sqlport/core/spi';
import { type CellReader, readRow, shapeOf } from './decode.ts';
import { lostError, type Place, serverError } from './error.ts';
import type { IncomingPacket, Mysql2Error } from './mysql2-connection.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { severalResults } from './result-collector.ts';
import type { AnswerListener, ColumnDefinition } from './text-query.ts';

/** Reads the answer to a statement page by page, and makes the server wait while a full page is not taken. */
export class PageReader implements AnswerListener {
  readonly #connection: PhysicalConnection;
  readonly #values: ValueOptions;
  readonly #place: Place;
  readonly #pageSize: number;
  readonly #answered = Promise.withResolvers<void>();
  #columns: readonly Column[] | undefined;
  #readers: readonly CellReader[] = [];
  #rows: unknown[][] = [];
  #state: 'reading' | 'full' | 'ended' | 'discarding' = 'reading';
  #delivered = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(connection: PhysicalConnection, values: ValueOptions, place: Place, pageSize: number) {
    this.#connection = connection;
    this.#values = values;
    this.#place = place;
    this.#pageSize = pageSize;
  }

  /** Resolves when the server's answer is complete, or will never be. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** The next page; undefined after the last one. An empty result is one page without rows. */
  async next(): Promise<RawPage | undefined> {
    if (this.#state === 'reading' && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    const rows = this.#rows;
    if (rows.length === 0 && this.#delivered) return undefined;
    this.#rows = [];
    this.#delivered = true;
    if (this.#state === 'full') {
      // The next page comes in while the caller works on this one.
      this.#state = 'reading';
      this.#connection.resume();
    }
    return { columns: this.#columns ?? [], rows };
  }

  /** Makes `next` throw. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** Nobody wants the rest: reads on to the end of the answer, and keeps nothing. */
  discard(): void {
    const wasFull = this.#state === 'full';
    this.#state = 'discarding';
    this.#rows = [];
    if (wasFull) this.#connection.resume();
  }

  onColumns(definitions: readonly ColumnDefinition[]): void {
    if (this.#columns !== undefined) {
      this.fail(severalResults());
      return;
    }
    try {
      const { columns, readers } = shapeOf(definitions, this.#values);
      this.#columns = columns;
      this.#readers = readers;
    } catch (error) {
      this.fail(fromSqlTextError(error, 'applied'));
    }
  }

  onRow(packet: IncomingPacket): void {
    if (this.#state === 'discarding' || this.#failure !== undefined) return;
    try {
      this.#rows.push(readRow(packet, this.#readers));
    } catch (error) {
      this.fail(fromSqlTextError(error, 'applied'));
      return;
    }
    if (this.#rows.length === this.#pageSize) {
      this.#state = 'full';
      this.#connection.pause();
      this.#wake();
    }
  }

  onEnd(): void {
    this.#end();
  }

  onServerError(error: Mysql2Error): void {
    this.#failure ??= serverError(error, this.#place);
    this.#end();
  }

  onLost(error: Mysql2Error, sent: boolean): void {
    this.#failure ??= lostError(error, this.#place, sent);
    this.#end();
  }

  #end(): void {
    this.#state = 'ended';
    this.#answered.resolve();
    this.#wake();
  }
}
