import mysql from 'mysql2/promise';
import type { Engine } from '../engine.ts';

/** TiDB's `time_zone` is SYSTEM, which is UTC there. Where the engine's system has another, UTC by its offset. */
export async function utcZone(engine: Engine): Promise<string> {
  const url = new URL(engine.url);
  const connection = await mysql.createConnection({
    ...engine.address,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('select @@system_time_zone as zone');
    return rows[0]!['zone'] === 'UTC' ? 'SYSTEM' : '+00:00';
  } finally {
    await connection.end();
  }
}
