import mysql from 'mysql2/promise';
import type { Engine } from '../engine.ts';

/** TiDB's own default but for `NO_AUTO_CREATE_USER`, which MySQL has no longer. */
const sqlMode =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** What a session of TiDB starts with, whatever the defaults of the engine are. */
export async function tidbSessionVariables(engine: Engine): Promise<Record<string, string | number>> {
  return {
    autocommit: 1,
    collation_server: 'utf8mb4_bin',
    sql_mode: sqlMode,
    // SYSTEM in TiDB, and its system's zone is UTC.
    time_zone: (await systemTimeZone(engine)) === 'UTC' ? 'SYSTEM' : '+00:00',
    transaction_isolation: 'REPEATABLE-READ',
  };
}

async function systemTimeZone(engine: Engine): Promise<unknown> {
  const url = new URL(engine.url);
  const connection = await mysql.createConnection({
    ...engine.address,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('select @@system_time_zone as zone');
    return rows[0]!['zone'];
  } finally {
    await connection.end();
  }
}
