import type { FullResult } from '@tidbcloud/serverless';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { driver, failure } from './tidb-fixture.ts';

const { mysql: engine } = inject('sqlportLocal');
let local: Local;
let database: LocalDatabase;

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine });
  database = await local.createDatabase();
});
afterAll(() => local?.close());

const endpoint = () => local.endpoints['tidb-serverless'];
const full = (sql: string, args?: unknown[]) =>
  driver(database).execute(sql, args, { fullResult: true }) as Promise<FullResult>;

describe.skipIf(!engine)('the npm driver', () => {
  test('reaches the real engine as the user it named, in its database', async () => {
    const rows = await driver(local).execute('select current_user() as who, database() as db');
    expect(rows).toEqual([{ who: 'app@%', db: 'simple_db' }]);
  });

  test('needs no database', async () => {
    expect(await driver(local, { database: '' }).execute('select database() as db')).toEqual([{ db: null }]);
  });

  test('gets counts and ids of what it writes', async () => {
    await full('create table counts (id bigint unsigned auto_increment primary key, n int)');
    expect(await full('insert into counts (n) values (1), (2), (3)')).toMatchObject({
      rows: [],
      types: {},
      rowsAffected: 3,
      lastInsertId: '1',
    });
    expect(await full('insert into counts values (18446744073709551614, 9)')).toMatchObject({
      lastInsertId: '18446744073709551614',
    });
    expect(await full('update counts set n = 2 where n <= 2')).toMatchObject({ rowsAffected: 1, lastInsertId: '0' });
    expect(await full('select n from counts where id = 2')).toMatchObject({
      rows: [{ n: 2 }],
      rowsAffected: null,
      lastInsertId: null,
    });
  });

  test('gets errors with status and code', async () => {
    const { status, message, details } = await failure(full('select * from nowhere'));
    expect({ status, message, details }).toEqual({
      status: 400,
      message: `Error 1146 (42S02): Table '${database.name}.nowhere' doesn't exist`,
      details: { code: 151100004, message },
    });
  });

  test('commits and rolls back', async () => {
    const connection = driver(database);
    await connection.execute('create table moves (n int)');
    const tx = await connection.begin();
    await tx.execute('insert into moves values (1)');
    expect(await connection.execute('select * from moves')).toEqual([]);
    expect(await tx.execute('select * from moves')).toEqual([{ n: 1 }]);
    await tx.commit();
    expect(await connection.execute('select * from moves')).toEqual([{ n: 1 }]);
    const other = await connection.begin();
    await other.execute('delete from moves');
    await other.rollback();
    expect(await connection.execute('select * from moves')).toEqual([{ n: 1 }]);
    expect(endpoint()).toMatchObject({ sessions: 0 });
  });
});
