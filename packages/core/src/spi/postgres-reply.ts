import type { ValueOptions } from '@sqlport/dialect';
import type { RawResult } from './driver.ts';
import { decodeRow, type Layout, layoutOf, NO_COLUMNS, type PostgresField } from './postgres-layout.ts';
import { fromSqlTextError } from './sql-text-error.ts';

/** A message of the server as pg-protocol reads it, and what holds a copy of that; its text format only. */
export interface PostgresMessage {
  readonly name: string;
}

type RowDescription = PostgresMessage & { readonly fields: readonly PostgresField[] };
type DataRow = PostgresMessage & { readonly fields: (string | null)[] };
type CommandComplete = PostgresMessage & { readonly text: string };

/** What the server answered to one statement, put together from its messages. */
export class PostgresReply {
  layout: Layout = NO_COLUMNS;
  readonly rows: (readonly unknown[])[] = [];
  /** The command tag, such as `UPDATE 3`; '' until the command is complete. */
  tag = '';
  readonly #values: ValueOptions;

  constructor(values: ValueOptions) {
    this.#values = values;
  }

  /**
   * Takes the next message; those that say nothing about the result are passed over, errors too. Throws `DATA`, outcome
   * `applied`, for a value that the chosen JavaScript type cannot hold.
   */
  read(message: PostgresMessage): void {
    switch (message.name) {
      case 'dataRow':
        try {
          this.rows.push(decodeRow((message as DataRow).fields, this.layout));
        } catch (error) {
          throw fromSqlTextError(error, 'applied');
        }
        break;
      case 'rowDescription':
        this.layout = layoutOf((message as RowDescription).fields, this.#values);
        break;
      case 'commandComplete':
        this.tag = (message as CommandComplete).text;
    }
  }

  result(): RawResult {
    return { columns: this.layout.columns, rows: this.rows, rowsAffected: rowsAffected(this.tag) };
  }
}

/**
 * The number in a command tag (`INSERT 0 2`, `UPDATE 3`), for the commands that change rows. RETURNING does not
 * change the tag.
 */
function rowsAffected(tag: string): number {
  const match = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag);
  return match === null ? 0 : Number(match[1]);
}
