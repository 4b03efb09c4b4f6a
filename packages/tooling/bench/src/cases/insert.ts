import { sql } from '@sqlport/core';
import type { ResultSetHeader } from 'mysql2';
import { sideBySide } from '../side-by-side.ts';

export const insert = sideBySide({
  name: 'insert',
  title: 'Insert of one row',
  goal: 'no slower',
  least: 1,
  postgres: ({ db, pool }) => ({
    ours: async () =>
      (await db.query(sql`insert into event (kind, amount, at) values (${'sale'}, ${'12.50'}, ${new Date()})`))
        .rowsAffected,
    others: {
      'pool.query': async () => {
        const text = 'insert into event (kind, amount, at) values ($1, $2, $3)';
        return (await pool.query(text, ['sale', '12.50', new Date()])).rowCount!;
      },
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: async () =>
      (await db.query(sql`insert into event (kind, amount, at) values (${'sale'}, ${'12.50'}, ${new Date()})`))
        .rowsAffected,
    others: {
      'pool.query': async () => {
        const text = 'insert into event (kind, amount, at) values (?, ?, ?)';
        return (await pool.query<ResultSetHeader>(text, ['sale', '12.50', new Date()]))[0].affectedRows;
      },
    },
  }),
});
