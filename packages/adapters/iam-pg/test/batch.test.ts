import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture, failure, run, until, value } from './fixture.ts';

let fixture: Fixture;
let db: Awaited<ReturnType<Fixture['open']>>;
beforeAll(async () => {
  fixture = await Fixture.start();
  // Sessions are ended on purpose here; idle sockets may not know yet.
  db = await fixture.open({ idleProbeMs: 1 });
  await run(db, 'CREATE TABLE entries (id int PRIMARY KEY DEFERRABLE, note text)');
});
afterAll(() => fixture.stop());

const insert = (id: number, note: string | null = null) => ({
  text: 'INSERT INTO entries VALUES ($1, $2)',
  params: [id, note],
});
const count = () => value(db, 'SELECT count(*)::int FROM entries');

it('answers each statement in order, with its own columns', async () => {
  const results = await db.batch(
    [
      { text: 'SELECT 1 AS a', params: [] },
      insert(1, 'x'),
      insert(2, 'y'),
      { text: 'SELECT id, note FROM entries ORDER BY id', params: [] },
      { text: 'SELECT id, note FROM entries ORDER BY id', params: [] },
      { text: 'DELETE FROM entries', params: [] },
    ],
    {},
  );
  const both = [
    [1, 'x'],
    [2, 'y'],
  ];
  expect(results.map(({ rows }) => rows)).toEqual([[[1]], [], [], both, both, []]);
  expect(results.map(({ rowsAffected }) => rowsAffected)).toEqual([0, 1, 1, 0, 0, 2]);
  expect(results.map(({ columns }) => columns.map(({ name }) => name))).toEqual([
    ['a'],
    [],
    [],
    ['id', 'note'],
    ['id', 'note'],
    [],
  ]);
});

it('keeps all of it or nothing', async () => {
  const error = await failure(db.batch([insert(1), insert(2), insert(1), insert(3)], {}));
  expect(error).toMatchObject({ code: 'CONSTRAINT', outcome: 'not-applied', constraint: { name: 'entries_pkey' } });
  expect(await count()).toBe(0);
});

it('keeps nothing where only the implicit COMMIT fails', async () => {
  await run(db, 'CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
  const twice = { text: 'INSERT INTO late VALUES (1)', params: [] };
  expect(await failure(db.batch([twice, twice], {}))).toMatchObject({ code: 'CONSTRAINT', outcome: 'not-applied' });
  expect(await value(db, 'SELECT count(*)::int FROM late')).toBe(0);
});

it('goes to the server in one round trip, prepared once', async () => {
  const statements = Array.from({ length: 500 }, (_, id) => insert(id, 'é'.repeat(id)));
  const results = await db.batch(statements, {});
  expect(results).toHaveLength(500);
  expect(results.every(({ rowsAffected }) => rowsAffected === 1)).toBe(true);
  expect(await value(db, 'SELECT sum(length(note))::int FROM entries')).toBe(124_750);
  await run(db, 'TRUNCATE entries');
});

it('does not lock up where both directions are full', async () => {
  const text = `SELECT repeat('x', 1000000) || $1`;
  const param = 'y'.repeat(1_000_000);
  const statements = Array.from({ length: 20 }, () => ({ text, params: [param] }));
  const results = await db.batch(statements, {});
  expect(results.every(({ rows }) => String(rows[0]![0]).length === 2_000_000)).toBe(true);
});

it('may repeat texts in any order, on a connection that has not seen them', async () => {
  const fresh = await fixture.open({ max: 1 });
  const select = (n: number) => ({ text: 'SELECT $1::int AS n', params: [n] });
  const mixed = [1, 2, 3].flatMap((n) => [select(n), { text: 'SELECT $1::text AS t', params: [`${n}`] }]);
  const results = await fresh.batch(mixed, {});
  expect(results.map(({ rows }) => rows[0]![0])).toEqual([1, '1', 2, '2', 3, '3']);
});

it('is unknown where the connection is lost on the way', async () => {
  const single = await fixture.open({ max: 1 });
  const running = failure(single.batch([insert(1), { text: 'SELECT pg_sleep(30)', params: [] }], {}));
  await until(async () => (await fixture.running()).includes('SELECT pg_sleep(30)'));
  await fixture.terminate();
  expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
  expect(await count()).toBe(0);
});

it('in a transaction leaves the COMMIT to it', async () => {
  const transaction = await db.begin({}, {});
  await transaction.batch!([insert(1), insert(2)], {});
  expect(await count()).toBe(0);
  await transaction.commit({});
  expect(await count()).toBe(2);
});
