import { type Connection, sql } from '@sqlport/core';
import type { RowDataPacket } from 'mysql2';
import { atOnce, type Operation } from '../compare.ts';
import { sideBySide } from '../side-by-side.ts';

/** An operation of 100 selects, which counts the rows that came back. */
const selects = (select: (id: number) => Promise<readonly unknown[]>): Operation =>
  atOnce(100, async (n) => (await select(n + 1)).length);

const ours = (db: Connection) =>
  selects(async (id) => (await db.query(sql`select id, name from customer where id = ${id}`)).rows);

export const concurrent = sideBySide({
  name: 'concurrent',
  title: '100 selects at once, 10 connections',
  goal: 'no slower',
  least: 1,
  postgres: ({ db, pool }) => ({
    ours: ours(db),
    others: {
      'pool.query': selects(async (id) => (await pool.query('select id, name from customer where id = $1', [id])).rows),
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: ours(db),
    others: {
      'pool.query': selects(
        async (id) => (await pool.query<RowDataPacket[]>('select id, name from customer where id = ?', [id]))[0],
      ),
    },
  }),
});
