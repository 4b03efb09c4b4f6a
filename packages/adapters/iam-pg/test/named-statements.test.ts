import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture, failure, pagesOf, run, value } from './fixture.ts';

let fixture: Fixture;
let db: Awaited<ReturnType<Fixture['open']>>;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open({ max: 1 });
  await run(db, 'CREATE TABLE items (id int, name text)');
  await run(db, `INSERT INTO items VALUES (1, 'one'), (2, 'two')`);
});
afterAll(() => fixture.stop());

/** The texts that the server keeps prepared for the only connection, but the one that asks. */
const prepared = async (on = db) => {
  const { rows } = await run(on, 'SELECT statement FROM pg_prepared_statements ORDER BY prepare_time /* asks */');
  return rows.map(([text]) => String(text)).filter((text) => !text.endsWith('/* asks */'));
};
const times = async (count: number, text: string, on = db) => {
  for (let i = 0; i < count; i++) await run(on, text);
};

it('a text is prepared the second time that it is run', async () => {
  const text = 'SELECT id FROM items WHERE id = $1';
  expect((await run(db, text, [1])).rows).toEqual([[1]]);
  expect(await prepared()).not.toContain(text);
  expect((await run(db, text, [2])).rows).toEqual([[2]]);
  expect(await prepared()).toContain(text);
  const third = await run(db, text, [2]);
  expect(third).toEqual({ columns: [{ name: 'id', type: 'int4' }], rows: [[2]], rowsAffected: 0 });
});

it('the same text may get parameters of every kind', async () => {
  for (const [param, wanted] of [
    [5, '5'],
    ['007', '007'],
    [9007199254740993n, '9007199254740993'],
    ['abc', 'abc'],
  ] as const) {
    expect(await value(db, 'SELECT $1', [param])).toBe(wanted);
  }
});

it('statements that change rows are prepared too, and say how many', async () => {
  for (let i = 0; i < 3; i++) {
    expect(await run(db, 'UPDATE items SET name = name WHERE id = $1', [1])).toMatchObject({
      rowsAffected: 1,
      rows: [],
    });
  }
  expect(await prepared()).toContain('UPDATE items SET name = name WHERE id = $1');
});

it('DDL, utility statements and very long texts are never prepared', async () => {
  const long = `SELECT '${'x'.repeat(20_000)}'`;
  await times(3, 'CREATE TABLE IF NOT EXISTS items (id int)');
  await times(3, 'SHOW TimeZone');
  await times(3, long);
  expect((await prepared()).filter((text) => /^CREATE|^SHOW|xxx/.test(text))).toEqual([]);
});

it('the server keeps a bounded number of them: the last used', async () => {
  const single = await fixture.open({ max: 1 });
  for (let i = 0; i < 130; i++) {
    await times(2, `SELECT ${i}`, single);
    await run(single, 'SELECT 0');
  }
  const kept = await prepared(single);
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept).toContain('SELECT 129');
  expect(kept).toContain('SELECT 0');
  expect(kept).not.toContain('SELECT 1');
});

it('a text that fails when it is prepared is not kept', async () => {
  const text = 'SELECT * FROM not_yet';
  expect(await failure(run(db, text))).toMatchObject({ sqlState: '42P01' });
  expect(await failure(run(db, text))).toMatchObject({ sqlState: '42P01' });
  await run(db, 'CREATE TABLE not_yet AS SELECT 1 AS a');
  expect((await run(db, text)).rows).toEqual([[1]]);
  expect((await run(db, text)).rows).toEqual([[1]]);
});

it('a text that is prepared, but fails when it runs, can be run again', async () => {
  const text = 'SELECT 1 / $1::int';
  for (let i = 0; i < 3; i++) expect(await failure(run(db, text, [0]))).toMatchObject({ sqlState: '22012' });
  for (let i = 0; i < 3; i++) expect(await value(db, text, [1])).toBe(1);
  expect(await prepared()).toContain(text);
});

it('a stream needs no name, and cannot go stale', async () => {
  await run(db, 'CREATE TABLE changing_stream AS SELECT 1 AS a');
  await times(3, 'SELECT * FROM changing_stream');
  await run(db, 'ALTER TABLE changing_stream ADD COLUMN b text');
  const [page] = await pagesOf(db.stream({ text: 'SELECT * FROM changing_stream', params: [] }, { pageSize: 10 }));
  expect(page!.rows).toEqual([[1, null]]);
});

it('a statement that went stale is prepared anew, unseen, outside a transaction', async () => {
  await run(db, 'CREATE TABLE changing AS SELECT 1 AS a');
  await times(3, 'SELECT * FROM changing');
  await run(db, 'ALTER TABLE changing ADD COLUMN b text');
  const result = await run(db, 'SELECT * FROM changing');
  expect(result.columns.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(result.rows).toEqual([[1, null]]);
});

it('a stale statement does not lose what else a batch does, and does it once', async () => {
  await run(db, 'CREATE TABLE changing_batch AS SELECT 1 AS a');
  await run(db, 'CREATE TABLE done (a int)');
  await times(3, 'SELECT * FROM changing_batch');
  await run(db, 'ALTER TABLE changing_batch ADD COLUMN b text');
  const insert = { text: 'INSERT INTO done VALUES (1)', params: [] };
  const results = await db.batch([insert, { text: 'SELECT * FROM changing_batch', params: [] }, insert], {});
  expect(results.map(({ columns }) => columns.length)).toEqual([0, 2, 0]);
  expect(await value(db, 'SELECT count(*)::int FROM done')).toBe(2);
});

it('a statement that goes stale in a transaction is a CONFLICT, after which the transaction succeeds', async () => {
  await run(db, 'CREATE TABLE changing_tx AS SELECT 1 AS a');
  await times(3, 'SELECT * FROM changing_tx');
  await run(db, 'ALTER TABLE changing_tx ADD COLUMN b text');
  const attempt = async () => {
    const transaction = await db.begin({}, {});
    try {
      const { rows } = await run(transaction, 'SELECT * FROM changing_tx');
      await transaction.commit({});
      return rows;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
  expect(await failure(attempt())).toMatchObject({ code: 'CONFLICT', outcome: 'not-applied', sqlState: '0A000' });
  expect(await attempt()).toEqual([[1, null]]);
});

it('DISCARD ALL takes them from the server without harm', async () => {
  await times(3, 'SELECT 5 + 5');
  await times(3, 'SELECT 6 + 6');
  await run(db, 'DISCARD ALL');
  expect(await value(db, 'SELECT 5 + 5')).toBe(10);
  expect(await value(db, 'SELECT 6 + 6')).toBe(12);
});

it('a batch whose call has committed is not run again for a statement that went stale', async () => {
  await run(db, 'CREATE TABLE called (a int)');
  await run(db, 'CREATE TABLE changing_call AS SELECT 1 AS a');
  const body = 'BEGIN INSERT INTO called VALUES (1); COMMIT; END';
  await run(db, `CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ ${body} $$`);
  await times(3, 'SELECT * FROM changing_call');
  await run(db, 'ALTER TABLE changing_call ADD COLUMN b text');
  const batch = ['CALL commits()', 'SELECT * FROM changing_call'].map((text) => ({ text, params: [] }));
  expect(await failure(db.batch(batch, {}))).toMatchObject({ sqlState: '0A000', outcome: 'unknown' });
  expect(await value(db, 'SELECT count(*)::int FROM called')).toBe(1);
  await db.batch(batch, {});
  expect(await value(db, 'SELECT count(*)::int FROM called')).toBe(2);
});

it("an error 0A000 of another kind is the statement's own", async () => {
  const text = 'SELECT count(*) OVER () FROM items FOR UPDATE';
  for (let i = 0; i < 3; i++) {
    expect(await failure(run(db, text))).toMatchObject({
      code: expect.not.stringMatching('CONFLICT'),
      sqlState: '0A000',
    });
  }
});
