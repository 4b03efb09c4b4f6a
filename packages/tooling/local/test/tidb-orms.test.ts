import { TiDBServerlessDialect } from '@tidbcloud/kysely';
import { eq } from 'drizzle-orm';
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/tidb-serverless';
import { type Generated, Kysely } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { driver } from './tidb-fixture.ts';

const { mysql: engine } = inject('sqlportLocal');
let local: Local;
let database: LocalDatabase;

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine });
  database = await local.createDatabase();
  await driver(database).execute('create table users (id int auto_increment primary key, name varchar(50))');
});
afterAll(() => local?.close());

test.skipIf(!engine)('drizzle works on it', async () => {
  const users = mysqlTable('users', { id: int().primaryKey().autoincrement(), name: varchar({ length: 50 }) });
  const db = drizzle({ client: driver(database) });
  await db.delete(users);
  await db.transaction(async (tx) => {
    await tx.insert(users).values({ name: 'Ann' });
    await expect(
      tx.transaction(async (nested) => {
        await nested.insert(users).values({ name: 'Bob' });
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
  });
  expect(await db.select({ name: users.name }).from(users)).toEqual([{ name: 'Ann' }]);
  await db.update(users).set({ name: 'Cid' }).where(eq(users.name, 'Ann'));
  expect(await db.select({ name: users.name }).from(users)).toEqual([{ name: 'Cid' }]);
});

test.skipIf(!engine)('kysely works on it', async () => {
  interface Tables {
    users: { id: Generated<number>; name: string | null };
  }
  const { host, user, password, database: name, fetch } = database.configs['tidb-serverless'];
  const dialect = new TiDBServerlessDialect({ host, username: user, password, database: name, fetch });
  const db = new Kysely<Tables>({ dialect });
  await db.deleteFrom('users').execute();
  await db.transaction().execute((tx) => tx.insertInto('users').values({ name: 'Ann' }).execute());
  const undone = db.transaction().execute(async (tx) => {
    await tx.insertInto('users').values({ name: 'Bob' }).execute();
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');
  expect(await db.selectFrom('users').select('name').execute()).toEqual([{ name: 'Ann' }]);
  await db.destroy();
});
