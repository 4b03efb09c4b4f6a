import { sql } from '@sqlport/core';
import type { RowDataPacket } from 'mysql2';
import { sideBySide } from '../side-by-side.ts';

const TEXT = 'select id, sensor, amount, label, note, active, taken_at, ratio, details, raw from reading';

export const selectRows = sideBySide({
  name: 'select-rows',
  title: '1,000 rows of 10 columns',
  goal: 'no slower',
  least: 1,
  postgres: ({ db, pool }) => ({
    ours: async () => (await db.query(sql.text(TEXT))).rows.length,
    others: { 'pool.query': async () => (await pool.query(TEXT)).rows.length },
  }),
  mysql: ({ db, pool }) => ({
    ours: async () => (await db.query(sql.text(TEXT))).rows.length,
    others: {
      'pool.query': async () => (await pool.query<RowDataPacket[]>(TEXT))[0].length,
      'pool.execute': async () => (await pool.execute<RowDataPacket[]>(TEXT))[0].length,
    },
  }),
});
