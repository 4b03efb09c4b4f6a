import mysql from 'mysql2/promise';
import pg from 'pg';

/** Runs statements one after another as the superuser of a server, by its URL. */
export async function asSuperuser(url: string, statements: readonly string[]): Promise<void> {
  if (url.startsWith('mysql:')) {
    const connection = await mysql.createConnection(url);
    try {
      for (const statement of statements) await connection.query(statement);
    } finally {
      await connection.end();
    }
    return;
  }
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
