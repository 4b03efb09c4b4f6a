import type { Connection } from '@sqlport/core';
import { sideBySide } from '../side-by-side.ts';

const ROWS = Array.from(
  { length: 1_000 },
  (_, n) => ['sale', `${n}.25`, new Date(1_767_225_600_000 + n * 1000)] as const,
);

const executeMany = (db: Connection, text: string) => async () => {
  await db.executeMany(text, ROWS);
  return ROWS.length;
};

export const bulkInsert = sideBySide({
  name: 'bulk-insert',
  title: 'Insert of 1,000 rows, all or none',
  goal: '≥ 5 × one by one',
  least: 5,
  postgres: ({ db, pool }) => ({
    ours: executeMany(db, 'insert into event (kind, amount, at) values ($1, $2, $3)'),
    others: {
      'one by one': async () => {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          for (const row of ROWS) {
            await client.query('insert into event (kind, amount, at) values ($1, $2, $3)', [...row]);
          }
          await client.query('COMMIT');
          return ROWS.length;
        } finally {
          client.release();
        }
      },
      'multi-row by hand': async () => {
        const places = ROWS.map((_, n) => `($${3 * n + 1}, $${3 * n + 2}, $${3 * n + 3})`).join(', ');
        return (await pool.query(`insert into event (kind, amount, at) values ${places}`, ROWS.flat())).rowCount!;
      },
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: executeMany(db, 'insert into event (kind, amount, at) values (?, ?, ?)'),
    others: {
      'one by one': async () => {
        const connection = await pool.getConnection();
        try {
          await connection.beginTransaction();
          for (const row of ROWS) {
            await connection.query('insert into event (kind, amount, at) values (?, ?, ?)', [...row]);
          }
          await connection.commit();
          return ROWS.length;
        } finally {
          connection.release();
        }
      },
      'multi-row by hand': async () => {
        await pool.query('insert into event (kind, amount, at) values ?', [ROWS]);
        return ROWS.length;
      },
    },
  }),
});
