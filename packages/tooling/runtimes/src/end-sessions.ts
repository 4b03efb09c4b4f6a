import type { Dialect } from '@sqlport/core';
import mysql from 'mysql2/promise';
import pg from 'pg';

/** Ends the sessions that use a database, as a server does that dies. `server`: URL of a superuser. */
export async function endSessions(dialect: Dialect, server: string, database: string): Promise<void> {
  if (dialect === 'postgres') {
    const admin = new pg.Client(server);
    await admin.connect();
    // Those that are idle are an endpoint's own affair, and it may lend them before it notices.
    const ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and state <> 'idle'";
    await admin.query(ended, [database]);
    await admin.end();
    return;
  }
  const admin = await mysql.createConnection(server);
  const [rows] = await admin.query('select id as id from information_schema.processlist where db = ?', [database]);
  for (const { id } of rows as { id: number }[]) await admin.query('kill ?', [id]).catch(() => {});
  await admin.end();
}
