import { type Column, ConnectorError, fromSqlTextError, type RawResult, type ValueOptions } from '@sqlport/core/spi';
import { type CellReader, readRow, shapeOf } from './decode.ts';
import { lostError, type Place, serverError } from './error.ts';
import type { IncomingPacket, Mysql2Error } from './mysql2-connection.ts';
import type { AnswerListener, ColumnDefinition, Completion } from './text-query.ts';

/** Reads the whole answer to a statement into memory. */
export class ResultCollector implements AnswerListener {
  readonly #values: ValueOptions;
  readonly #place: Place;
  readonly #resolve: (result: RawResult) => void;
  readonly #reject: (error: unknown) => void;
  #columns: readonly Column[] = [];
  #readers: readonly CellReader[] = [];
  #rows: unknown[][] = [];
  #results = 0;
  #failure: unknown;

  constructor(
    values: ValueOptions,
    place: Place,
    resolve: (result: RawResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.#values = values;
    this.#place = place;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onColumns(definitions: readonly ColumnDefinition[]): void {
    if (++this.#results > 1) {
      this.#failure ??= severalResults();
      return;
    }
    try {
      const { columns, readers } = shapeOf(definitions, this.#values);
      this.#columns = columns;
      this.#readers = readers;
    } catch (error) {
      this.#failure = fromSqlTextError(error, 'applied');
    }
  }

  onRow(packet: IncomingPacket): void {
    // The statement ran: what cannot be read of its result is reported when the answer is complete.
    if (this.#failure !== undefined) return;
    try {
      this.#rows.push(readRow(packet, this.#readers));
    } catch (error) {
      this.#failure = fromSqlTextError(error, 'applied');
    }
  }

  onEnd({ rowsAffected, insertId }: Completion): void {
    if (this.#failure !== undefined) {
      this.#reject(this.#failure);
      return;
    }
    const result = { columns: this.#columns, rows: this.#rows, rowsAffected };
    this.#resolve(insertId === 0n ? result : { ...result, insertId });
  }

  onServerError(error: Mysql2Error): void {
    this.#reject(serverError(error, this.#place));
  }

  onLost(error: Mysql2Error, sent: boolean): void {
    this.#reject(lostError(error, this.#place, sent));
  }
}

/** The error for a procedure with more than one result. */
export function severalResults(): ConnectorError {
  return new ConnectorError('UNSUPPORTED', 'The procedure returned several results; a call delivers one.', {
    outcome: 'applied',
  });
}
