import type mysql from 'mysql2';
import type { MysqlField } from './columns.ts';

export interface MysqlRows {
  /** Undefined when the statement yields no rows. */
  readonly fields: readonly MysqlField[] | undefined;
  readonly rows: readonly (readonly (Buffer | null)[])[];
  readonly longestRow: number;
  readonly tooLarge: boolean;
  readonly updated: number;
  readonly generatedIds: readonly bigint[];
}

/**
 * Runs one statement by the text protocol, and keeps no more rows than `maxBytes`. Of a procedure's results it keeps
 * the first.
 */
export function runMysqlQuery(connection: mysql.Connection, sql: string, maxBytes: number): Promise<MysqlRows> {
  return new Promise((resolve, reject) => {
    const rows: (Buffer | null)[][] = [];
    let fields: MysqlField[] | undefined;
    let sets = 0;
    let bytes = 0;
    let longestRow = 0;
    let updated = 0;
    let generatedIds: bigint[] = [];
    const query = connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.buffer() });
    query.on('fields', (columns: MysqlField[] | undefined) => {
      if (!columns) return;
      sets++;
      fields ??= columns;
    });
    query.on('result', (result: (Buffer | null)[] | mysql.ResultSetHeader) => {
      if (!Array.isArray(result)) {
        if (fields) return;
        updated = result.affectedRows;
        generatedIds = idsOf(result);
        return;
      }
      if (sets > 1) return;
      let size = 0;
      for (const value of result) size += value?.length ?? 0;
      bytes += size;
      longestRow = Math.max(longestRow, size);
      if (bytes <= maxBytes) rows.push(result);
    });
    const fail = (error: Error): void => {
      connection.off('error', fail);
      reject(error);
    };
    query.on('error', fail);
    // mysql2 tells of a lost connection there alone.
    connection.on('error', fail);
    query.on('end', () => {
      connection.off('error', fail);
      resolve({ fields, rows, longestRow, tooLarge: bytes > maxBytes, updated, generatedIds });
    });
  });
}

/** The ids that a statement has made: the first is told, the others follow it. */
function idsOf({ insertId, info }: mysql.ResultSetHeader): bigint[] {
  const first = BigInt(insertId);
  if (first === 0n) return [];
  const records = Number(/^Records: (\d+)/.exec(info)?.[1] ?? 1);
  return Array.from({ length: records }, (_, i) => first + BigInt(i));
}
