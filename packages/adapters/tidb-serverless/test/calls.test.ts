import { sql } from '@sqlport/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
let db: ReturnType<Fixture['connect']>;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = fixture.connect();
  await db.query(
    'create table calls (id bigint unsigned auto_increment primary key, v varchar(99), at timestamp null)',
  );
});
afterAll(() => fixture.stop());

const SETTINGS = /@@time_zone/;

it.each([
  ['no parameters', sql`select 1`],
  ['numbers', sql`select ${1}, ${-1.5}, ${2n}`],
  ['texts', sql`select ${'a\\b'}, ${"it's"}`],
  ['texts that come back as they went', sql`select ${'plain'}`],
  ['bytes, JSON, null, booleans', sql`select ${Uint8Array.of(1)}, ${sql.json({ a: 1 })}, ${null}, ${true}`],
  ['lists', sql`select 1 where ${sql.in(sql`1`, [1, 2])} and ${sql.in(sql`1`, [])}`],
])('a select with %s is one request, also the first of a connection', async (_, statement) => {
  const own = fixture.connect();
  expect(await fixture.sentBy(() => own.query(statement))).toHaveLength(1);
});

it('a select with a Date, or an instant in its result, asks for the settings once', async () => {
  const own = fixture.connect();
  const statement = sql`select ${new Date(0)}, id, at from calls where at = ${new Date(0)}`;
  const first = await fixture.sentBy(() => own.query(statement));
  expect(first).toHaveLength(2);
  expect(first[0]).toMatch(SETTINGS);
  expect(await fixture.sentBy(() => own.query(statement))).toHaveLength(1);
});

it('the first write asks for the settings, the second is one request', async () => {
  const own = fixture.connect();
  const write = () => own.query(sql`insert into calls (v) values (${'x'})`);
  const first = await fixture.sentBy(write);
  expect(first).toHaveLength(2);
  expect(first[0]).toMatch(SETTINGS);
  expect(await fixture.sentBy(write)).toHaveLength(1);
});

it('many first writes at once ask for the settings once', async () => {
  const own = fixture.connect();
  const sent = await fixture.sentBy(() =>
    Promise.all(Array.from({ length: 5 }, () => own.query(sql`insert into calls (v) values (${'x'})`))),
  );
  expect(sent.filter((text) => SETTINGS.test(text))).toHaveLength(1);
  expect(sent).toHaveLength(6);
});

it('a transaction of n statements is n + 2 requests, in one session', async () => {
  const calls = await fixture.callsOf(() =>
    db.transaction(async (tx) => {
      await tx.query(sql`select 1`);
      await tx.query(sql`insert into calls (v) values (${'a'})`);
      await tx.query(sql`insert into calls (v) values (${'b'})`);
    }),
  );
  expect(calls.map(({ sql: text }) => text)).toEqual([
    'BEGIN',
    'select 1',
    "insert into calls (v) values ('a')",
    "insert into calls (v) values ('b')",
    'COMMIT',
  ]);
  expect(calls.map(({ session }) => session)).toEqual(['', ...Array(4).fill(calls[0]!.replySession)]);
});

it('a transaction that rolls back is n + 2 requests', async () => {
  const sent = await fixture.sentBy(() => db.transaction((tx) => tx.query('select no_such_column')).catch(() => {}));
  expect(sent).toEqual(['BEGIN', 'select no_such_column', 'ROLLBACK']);
});

it('a nested transaction is a savepoint, two requests more', async () => {
  const sent = await fixture.sentBy(() => db.transaction((tx) => tx.transaction((inner) => inner.query('select 1'))));
  expect(sent).toEqual(['BEGIN', 'savepoint sqlport_1', 'select 1', 'release savepoint sqlport_1', 'COMMIT']);
});

it('the level of a transaction goes with BEGIN', async () => {
  const [first] = await fixture.callsOf(() => db.transaction(async () => {}, { isolation: 'read committed' }));
  expect(first).toMatchObject({ sql: 'BEGIN', isolation: 'READ COMMITTED' });
  const [second] = await fixture.callsOf(() => db.transaction(async () => {}, { isolation: 'repeatable read' }));
  expect(second).toMatchObject({ sql: 'BEGIN', isolation: 'REPEATABLE READ' });
  const [third] = await fixture.callsOf(() => db.transaction(async () => {}));
  expect(third?.isolation).toBeUndefined();
});

it('calls at once have sessions of their own', async () => {
  const calls = await fixture.callsOf(() =>
    Promise.all(Array.from({ length: 8 }, (_, id) => db.one(sql`select ${id} as id`))),
  );
  expect(calls.map(({ session }) => session)).toEqual(Array(8).fill(''));
});

it('executeMany folds a thousand rows into one request', async () => {
  const rows = Array.from({ length: 1_000 }, (_, id) => [`row ${id}`]);
  const sent = await fixture.sentBy(() => db.executeMany('insert into calls (v) values (?)', rows));
  expect(sent).toHaveLength(1);
});

it('no statement that executeMany folds is longer than a million bytes', async () => {
  const rows = Array.from({ length: 300 }, () => ['x'.repeat(20_000)]);
  await db.query('create table long_rows (v text)');
  const sent = await fixture.sentBy(() => db.executeMany('insert into long_rows values (?)', rows));
  expect(Math.max(...sent.map((text) => text.length))).toBeLessThan(1_000_000);
  expect(await db.one(sql`select count(*) as n from long_rows`)).toEqual({ n: 300 });
});

it('batch is one request for each statement, and two for its transaction', async () => {
  const sent = await fixture.sentBy(() => db.batch([sql`select 1`, sql`select 2`]));
  expect(sent).toEqual(['BEGIN', 'select 1', 'select 2', 'COMMIT']);
});

it('an id beyond 2^53 is exact', async () => {
  await db.query('insert into calls (id) values (9223372036854775806)');
  const { insertId } = await db.query(sql`insert into calls (v) values (${'last'})`);
  expect(insertId).toBe(9223372036854775807n);
  expect((await db.query('update calls set v = null where id = 1')).insertId).toBeUndefined();
});
