import type mysql from 'mysql2/promise';
import { type EngineColumn, type WireColumn, wireColumn, wireText } from './column-type.ts';

/** What came of one statement. */
export interface StatementResult {
  /** Undefined when the statement has no rows to give. */
  readonly table: { readonly columns: readonly WireColumn[]; readonly rows: (string | null)[][] } | undefined;
  readonly rowsAffected: number;
  readonly insertId: bigint;
  /** Whether a transaction is open afterwards; undefined when the engine's reply does not tell (a table). */
  readonly inTransaction: boolean | undefined;
}

const serverStatusInTransaction = 1;

/** Runs one statement and gives the cells as the service writes them. Throws the engine's error. */
export async function runStatement(connection: mysql.Connection, sql: string): Promise<StatementResult> {
  const [result, fields] = await connection.query({
    sql,
    rowsAsArray: true,
    typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
  } as mysql.QueryOptions);
  if (!Array.isArray(result)) {
    const { affectedRows, insertId, serverStatus } = result as mysql.ResultSetHeader & { serverStatus: number };
    return {
      table: undefined,
      rowsAffected: Number(affectedRows),
      // mysql2 reads it as signed.
      insertId: BigInt.asUintN(64, BigInt(insertId)),
      inTransaction: (serverStatus & serverStatusInTransaction) !== 0,
    };
  }
  const columns = (fields as unknown as EngineColumn[]).map(wireColumn);
  const rows = (result as unknown as (Buffer | null)[][]).map((row) =>
    row.map((cell, index) => wireText(columns[index]!.type, cell)),
  );
  return { table: { columns, rows }, rowsAffected: 0, insertId: 0n, inTransaction: undefined };
}
