import { type Connection, sql } from '@sqlport/core';
import type { RowDataPacket } from 'mysql2';
import { sideBySide } from '../side-by-side.ts';

/** Resolves to the number of rows that came back. */
async function atOnce(select: (id: number) => Promise<readonly unknown[]>): Promise<number> {
  const results = await Promise.all(Array.from({ length: 100 }, (_, n) => select(n + 1)));
  return results.reduce((sum, rows) => sum + rows.length, 0);
}

const ours = (db: Connection) => () =>
  atOnce(async (id) => (await db.query(sql`select id, name from customer where id = ${id}`)).rows);

export const concurrent = sideBySide({
  name: 'concurrent',
  title: '100 selects at once, 10 connections',
  goal: 'no slower',
  least: 1,
  postgres: ({ db, pool }) => ({
    ours: ours(db),
    others: {
      'pool.query': () =>
        atOnce(async (id) => (await pool.query('select id, name from customer where id = $1', [id])).rows),
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: ours(db),
    others: {
      'pool.query': () =>
        atOnce(
          async (id) => (await pool.query<RowDataPacket[]>('select id, name from customer where id = ?', [id]))[0],
        ),
    },
  }),
});
