import { sql } from '@sqlport/core';
import type { RowDataPacket } from 'mysql2';
import { sideBySide } from '../side-by-side.ts';
import { TABLE_ROWS } from '../tables.ts';

const someId = () => 1 + Math.floor(Math.random() * TABLE_ROWS);

export const selectRow = sideBySide({
  name: 'select-row',
  title: 'One row by its primary key',
  goal: 'no slower',
  least: 1,
  postgres: ({ db, pool }) => ({
    ours: async () =>
      (await db.query(sql`select id, name, email, created_at from customer where id = ${someId()}`)).rows.length,
    others: {
      'pool.query': async () =>
        (await pool.query('select id, name, email, created_at from customer where id = $1', [someId()])).rows.length,
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: async () =>
      (await db.query(sql`select id, name, email, created_at from customer where id = ${someId()}`)).rows.length,
    others: {
      'pool.query': async () => {
        const text = 'select id, name, email, created_at from customer where id = ?';
        return (await pool.query<RowDataPacket[]>(text, [someId()]))[0].length;
      },
      'pool.execute': async () => {
        const text = 'select id, name, email, created_at from customer where id = ?';
        return (await pool.execute<RowDataPacket[]>(text, [someId()]))[0].length;
      },
    },
  }),
});
