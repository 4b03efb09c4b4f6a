import type { Pool as MysqlPool } from 'mysql2/promise';
import type { Pool as PgPool } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';

// Each reads a whole result, `watch` being called now and then, and resolves to the number of rows.

export async function postgresQueryStream(pool: PgPool, text: string, watch = () => {}): Promise<number> {
  const client = await pool.connect();
  try {
    // As many rows at a time as ours.
    const stream = client.query(new QueryStream(text, [], { batchSize: 1_000 }));
    return await count(stream, watch);
  } finally {
    client.release();
  }
}

export async function postgresCursor(pool: PgPool, text: string): Promise<number> {
  const client = await pool.connect();
  try {
    const cursor = client.query(new Cursor(text));
    let rows = 0;
    for (;;) {
      const page = await cursor.read(1_000);
      if (page.length === 0) return rows;
      for (const _ of page) rows++;
    }
  } finally {
    client.release();
  }
}

export function mysqlStream(pool: MysqlPool, text: string, watch = () => {}): Promise<number> {
  return count(pool.pool.query(text).stream(), watch);
}

/** `watch` is called every 500 rows. */
export async function count(rows: AsyncIterable<unknown>, watch: () => void): Promise<number> {
  let seen = 0;
  for await (const _ of rows) if (++seen % 500 === 0) watch();
  return seen;
}
