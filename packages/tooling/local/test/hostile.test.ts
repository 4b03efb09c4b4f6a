import mysql from 'mysql2/promise';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { startLocal } from '../src/index.ts';
import { hostileServer } from '../src/vitest.ts';
import { sign } from './sign.ts';

const shared = inject('sqlportHostile');

test('a hostile PostgreSQL shows values in ways that nobody expects', async () => {
  await using local = await startLocal({ postgres: await hostileServer(shared, 'postgres'), mysql: false });
  const { host, port, user, database, ca } = local.configs['iam-pg'];
  const client = new pg.Client({
    host,
    port,
    user,
    database,
    ssl: { ca },
    password: await sign(local.configs['iam-pg']),
  });
  await client.connect();
  const { rows } = await client.query(String.raw`
    select '2025-01-31'::date::text as day, '2025-01-31 12:00:00Z'::timestamptz::text as instant,
      '\\xff00'::bytea::text as bytes, '1 day 2 hours'::interval::text as span, (1.0 / 3)::float8::text as third,
      'a\\b' as backslash, 'it\'s' as quote`);
  expect(rows).toEqual([
    {
      day: '31/01/2025',
      instant: '31/01/2025 21:00:00 JST',
      bytes: String.raw`\377\000`,
      span: '1 2:00:00',
      third: '0.3',
      backslash: String.raw`a\b`,
      quote: "it's",
    },
  ]);
  await client.end();
});

test.skipIf(!inject('sqlportLocal').mysql)('a hostile MySQL takes what it should refuse', async () => {
  await using local = await startLocal({ postgres: false, mysql: await hostileServer(shared, 'mysql') });
  await using mine = await local.createDatabase();
  const { host, port, user, database, ca } = mine.configs['iam-mysql2'];
  const token = await sign(mine.configs['iam-mysql2']);
  const authPlugins = { mysql_clear_password: () => async () => Buffer.from(`${token}\0`) };
  const connection = await mysql.createConnection({ host, port, user, database, ssl: { ca }, authPlugins });
  await connection.query('create table t (n tinyint, s varchar(2))');
  await connection.query("insert into t values (1000, 'long')");
  const [rows] = await connection.query(`
    select n, s, timediff(now(), utc_timestamp()) as ahead, @@innodb_rollback_on_timeout as rolls_back,
      @@character_set_database as charset, @@collation_database as collation from t`);
  expect(rows).toEqual([
    { n: 127, s: 'lo', ahead: '09:00:00', rolls_back: 1, charset: 'latin1', collation: 'latin1_german1_ci' },
  ]);
  await connection.end();
});

test('is one server for all that ask, and nobody else may', async () => {
  const [one, other] = await Promise.all([hostileServer(shared, 'postgres'), hostileServer(shared, 'postgres')]);
  expect(one).toEqual(other);
  expect(one).not.toEqual(inject('sqlportLocal').postgres);
  const { origin } = new URL(shared);
  expect((await fetch(`${origin}/guess/postgres`)).status).toBe(404);
});

test('does not change a server given by URL', async () => {
  const { postgres } = inject('sqlportLocal');
  await expect(startLocal({ postgres, mysql: false, hostile: true })).rejects.toThrow(/leave out either/);
});
