import type pg from 'pg';
import { ServiceError } from '../errors.ts';

/** A column as the server's RowDescription has it. */
export interface PostgresField {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

export interface PostgresRows {
  /** Undefined when the statement yields no rows. */
  readonly fields: readonly PostgresField[] | undefined;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly longestRow: number;
  readonly tooLarge: boolean;
  readonly updated: number;
}

/** A parameter as the server gets it: text, and the type it is said to have (0: the server decides). */
export interface TypedText {
  readonly type: number;
  readonly text: string | null;
}

/** What of pg's connection is used here; its types do not have it. */
interface Connection {
  parse(statement: { text: string; name: string; types: readonly number[] }): void;
  bind(portal: { portal: string; statement: string; values: readonly (string | null)[]; binary: boolean }): void;
  describe(what: { type: 'P'; name: string }): void;
  execute(portal: { portal: string; rows: number }): void;
  sync(): void;
  sendCopyFail(reason: string): void;
}

/**
 * Runs one statement by the extended protocol, with types for the parameters and text for the results, and keeps no
 * more rows than `maxBytes`. The promise settles with the server's ReadyForQuery, or its error.
 */
export function runPostgresQuery(
  client: pg.Client,
  text: string,
  parameters: readonly TypedText[],
  maxBytes: number,
): Promise<PostgresRows> {
  return new Promise((resolve, reject) => {
    const rows: (string | null)[][] = [];
    let fields: PostgresField[] | undefined;
    let bytes = 0;
    let longestRow = 0;
    let updated = 0;
    let copies = false;
    const query = {
      submit(connection: Connection): undefined {
        connection.parse({ text, name: '', types: parameters.map(({ type }) => type) });
        const values = parameters.map((parameter) => parameter.text);
        connection.bind({ portal: '', statement: '', values, binary: false });
        connection.describe({ type: 'P', name: '' });
        connection.execute({ portal: '', rows: 0 });
        connection.sync();
      },
      handleRowDescription(message: { fields: PostgresField[] }) {
        fields = message.fields;
      },
      handleDataRow({ fields: row }: { fields: (string | null)[] }) {
        let size = 0;
        for (const value of row) size += value?.length ?? 0;
        bytes += size;
        longestRow = Math.max(longestRow, size);
        if (bytes <= maxBytes) rows.push(row);
      },
      handleCommandComplete({ text: tag }: { text: string }) {
        const counted = /^(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY|SELECT) (\d+)$/.exec(tag);
        if (counted && fields === undefined) updated = Number(counted[1]);
      },
      handleReadyForQuery() {
        if (copies) reject(new ServiceError('DatabaseErrorException', 'unexpected message: CopyOutResponse'));
        else resolve({ fields, rows, longestRow, tooLarge: bytes > maxBytes, updated });
      },
      handleError: reject,
      handleEmptyQuery() {},
      handlePortalSuspended() {},
      handleCopyInResponse(connection: Connection) {
        connection.sendCopyFail('COPY FROM STDIN is not supported');
      },
      handleCopyData() {
        copies = true;
      },
    };
    client.query(query as unknown as pg.Submittable);
  });
}
