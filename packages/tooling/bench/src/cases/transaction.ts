import { type Connection, sql } from '@sqlport/core';
import type { RowDataPacket } from 'mysql2';
import { sideBySide } from '../side-by-side.ts';

/** A transfer between two accounts. Resolves to the number of rows read. */
const transfer = (db: Connection) =>
  db.transaction(async (tx) => {
    const locked = await tx.query(sql`select id, balance from account where id in (${1}, ${2}) order by id for update`);
    await tx.query(sql`update account set balance = balance - ${'1.00'} where id = ${1}`);
    await tx.query(sql`update account set balance = balance + ${'1.00'} where id = ${2}`);
    await tx.query(sql`insert into event (kind, amount, at) values (${'transfer'}, ${'1.00'}, ${new Date()})`);
    const after = await tx.query(sql`select balance from account where id = ${1}`);
    return locked.rows.length + after.rows.length;
  });

export const transaction = sideBySide({
  name: 'transaction',
  title: 'Transaction of five statements',
  goal: 'no slower',
  least: 1,
  postgres: ({ db, pool }) => ({
    ours: () => transfer(db),
    others: {
      'pool.connect': async () => {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          const lock = 'select id, balance from account where id in ($1, $2) order by id for update';
          const locked = await client.query(lock, [1, 2]);
          await client.query('update account set balance = balance - $1 where id = $2', ['1.00', 1]);
          await client.query('update account set balance = balance + $1 where id = $2', ['1.00', 2]);
          const log = 'insert into event (kind, amount, at) values ($1, $2, $3)';
          await client.query(log, ['transfer', '1.00', new Date()]);
          const after = await client.query('select balance from account where id = $1', [1]);
          await client.query('COMMIT');
          return locked.rows.length + after.rows.length;
        } finally {
          client.release();
        }
      },
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: () => transfer(db),
    others: {
      'pool.getConnection': async () => {
        const connection = await pool.getConnection();
        try {
          await connection.beginTransaction();
          const lock = 'select id, balance from account where id in (?, ?) order by id for update';
          const [locked] = await connection.query<RowDataPacket[]>(lock, [1, 2]);
          await connection.query('update account set balance = balance - ? where id = ?', ['1.00', 1]);
          await connection.query('update account set balance = balance + ? where id = ?', ['1.00', 2]);
          const log = 'insert into event (kind, amount, at) values (?, ?, ?)';
          await connection.query(log, ['transfer', '1.00', new Date()]);
          const select = 'select balance from account where id = ?';
          const [after] = await connection.query<RowDataPacket[]>(select, [1]);
          await connection.commit();
          return locked.length + after.length;
        } finally {
          connection.release();
        }
      },
    },
  }),
});
