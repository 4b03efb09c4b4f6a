import { type Connection, sql } from '@sqlport/core';
import { mysqlStream, postgresCursor, postgresQueryStream } from '../contenders/streams.ts';
import { sideBySide } from '../side-by-side.ts';
import { manyRows } from '../tables.ts';

const ROWS = 10_000;

const ours = (db: Connection) => async () => {
  let rows = 0;
  for await (const _ of db.stream(sql.text(manyRows(db.dialect, ROWS)))) rows++;
  return rows;
};

export const stream = sideBySide({
  name: 'stream',
  title: 'Stream of 10,000 rows',
  postgres: ({ db, pool }) => ({
    ours: ours(db),
    others: {
      'pg-query-stream': () => postgresQueryStream(pool, manyRows('postgres', ROWS)),
      'pg-cursor, 1,000 a page': () => postgresCursor(pool, manyRows('postgres', ROWS)),
    },
  }),
  mysql: ({ db, pool }) => ({
    ours: ours(db),
    others: { 'query(…).stream()': () => mysqlStream(pool, manyRows('mysql', ROWS)) },
  }),
});
