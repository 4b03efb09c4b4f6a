import { type Connection, sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure } from './fixture.ts';

const MIB = 1024 * 1024;

let fixture: Fixture;
let db: Connection;
beforeAll(async () => {
  fixture = await Fixture.start('postgres');
  db = fixture.connect();
  await db.script(`
    create table t (id int primary key, v text);
    insert into t select g, 'row ' || g from generate_series(1, 1000) g;
    create sequence s;
    create view counted as select nextval('s')::int as n from t;
    create function tick(int) returns int language sql volatile as $$ select nextval('s')::int $$;
    create operator @# (function = tick, rightarg = int);
    create table skewed (id int primary key, v text);
    insert into skewed select g, repeat('x', case when g % 97 = 0 then 700000 when g > 200 then 8000 else 10 end)
      from generate_series(1, 400) g;
  `);
});
afterEach(() => fixture.nothingOpen());
afterAll(() => fixture.stop());

const read = async <R>(stream: AsyncIterable<R>): Promise<R[]> => {
  const rows: R[] = [];
  for await (const row of stream) rows.push(row);
  return rows;
};
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const fetches = () => fixture.endpoint.calls.filter((call) => call.sql?.startsWith('FETCH'));

describe.each(['in its own transaction', "in the caller's"])('%s', (where) => {
  const streamed = <R>(statement: ReturnType<typeof sql<R>>, options = {}): Promise<R[]> =>
    where === 'in its own transaction'
      ? read(db.stream(statement, options))
      : db.transaction((tx) => read(tx.stream(statement, options)));

  it('every row comes once, and in order, whatever the sizes of rows and pages', async () => {
    for (const [pageSize, last] of [
      [1, 40],
      [7, 120],
      [50, 50],
      [51, 1000],
      [1000, 1000],
    ] as const) {
      const statement = sql<{ id: number }>`select id from t where id <= ${last} order by id`;
      const rows = await streamed(statement, { pageSize });
      expect(rows.map(({ id }) => id)).toEqual(numbers(1, last));
    }
  });

  it('rows of very different sizes come in as many pages as it takes, and few more', async () => {
    const before = fetches().length;
    const rows = await streamed(sql<{ id: number; v: string }>`select id, v from skewed order by id`);
    expect(rows.map(({ id }) => id)).toEqual(numbers(1, 400));
    expect(rows.map(({ v }) => v.length)).toEqual(
      numbers(1, 400).map((id) => (id % 97 === 0 ? 700_000 : id > 200 ? 8_000 : 10)),
    );
    const sent = fetches().slice(before);
    expect(sent.map(({ error }) => error)).toEqual(sent.map(() => undefined));
    // 4.3 MB, of which four rows need a page each.
    expect(sent.length).toBeLessThan(20);
  });

  it('first rows that are too large together cost nothing', async () => {
    const rows = await streamed(
      sql<{ id: number }>`select id, repeat('y', 40000) as v from t where id <= 100 order by id`,
    );
    expect(rows.map(({ id }) => id)).toEqual(numbers(1, 100));
  });

  it.each([
    ['texts full of quotes', sql`select repeat(${'"\\'}, 5000) as v from generate_series(1, 300)`],
    ['JSON', sql`select jsonb_build_object('a', repeat('"', 5000)) as v from generate_series(1, 300)`],
    ['bytes', sql`select decode(repeat('ff', 5000), 'hex') as v from generate_series(1, 300)`],
    ['arrays of short texts', sql`select array_fill('a'::text, array[5000]) as v from generate_series(1, 100)`],
    ['arrays of truth values', sql`select array_fill(false, array[5000]) as v from generate_series(1, 100)`],
    ['arrays of whole numbers', sql`select array_fill(1, array[131050]) as v from generate_series(1, 6)`, 6],
    ['arrays of decimals', sql`select array_fill(1::numeric, array[5000]) as v from generate_series(1, 100)`],
    ['control characters', sql`select repeat(${'\x01'}, 5000) as v from generate_series(1, 300)`],
    [
      'many columns',
      sql.text(
        `select ${numbers(1, 200)
          .map((n) => `g as c${n}`)
          .join()} from generate_series(1, 500) g`,
      ),
    ],
  ])('%s are larger in a reply than on the server, which the plan knows', async (_, statement, count = 100) => {
    const before = fetches().length;
    expect((await streamed(statement)).length).toBeGreaterThanOrEqual(count);
    // Only the first page of a stream's own transaction is a guess.
    const failed = fetches()
      .slice(before)
      .filter(({ error }) => error !== undefined);
    expect(failed.length).toBeLessThanOrEqual(where === 'in its own transaction' ? 1 : 0);
  });

  it('a single row over 1 MiB is RESULT_TOO_LARGE, not applied', async () => {
    const statement = sql<{ v: string }>`select repeat('x', ${2 * MIB}::int) as v`;
    const error = await failure(streamed(statement));
    expect(error).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'not-applied' });
  });

  it('an empty result has its columns', async () => {
    expect(await streamed(sql`select id, v from t where false`)).toEqual([]);
    expect(await streamed(sql`select id, v from t where false`, { pageSize: 1 })).toEqual([]);
  });

  it.each([
    ['a function', sql<{ n: number }>`select nextval('s')::int as n from generate_series(1, 500)`],
    ['a view', sql<{ n: number }>`select * from counted limit 500`],
    ['an operator', sql<{ n: number }>`select @# id as n from t limit 500`],
  ])('what a statement does by %s is done once, however its rows are read', async (_, statement) => {
    const rows = await streamed(statement);
    expect(rows).toHaveLength(500);
    const values = rows.map(({ n }) => n);
    expect(values).toEqual(numbers(values[0]!, values[0]! + 499));
    expect(await db.one(sql`select nextval('s')::int as n`)).toEqual({ n: values[499]! + 1 });
  });

  it.each([
    sql<{ id: number }>`update t set v = v where id <= 200 returning id`,
    sql<{ id: number }>`with changed as (update t set v = v where id <= 200 returning id) select id from changed`,
    sql<{
      id: number;
    }>`with a as (with b as (select 1) update t set v = v where id <= 200 returning id) select id from a`,
    sql<{ id: number }>`select id from t where id <= 200 order by id for update`,
    sql<{ id: number }>`select id from t where id <= 200 order by id for  no  key  update of t`,
    sql<{ id: number }>`select id from t where id <= 200 order by id for share; -- done`,
    sql<{ id: number }>`(select id from t where id <= 200 order by id)`,
    sql<{ id: number }>`values ${sql.join(numbers(1, 200).map((n) => sql`(${n}::int)`))}`,
    sql<{
      id: number;
    }>`with x as materialized (select id from t where id <= 200) select id from x order by id /* done */`,
  ])('%#: every kind of statement that gives rows', async (statement) => {
    const rows = await streamed(statement, { pageSize: 80 });
    // What is changed comes in the order of the change.
    const found = rows.map((row) => Object.values(row)[0] as number);
    expect(found.sort((a, b) => a - b)).toEqual(numbers(1, 200));
  });

  it.each([
    'select id into made from t',
    'select id, v into temporary table made from t where id < 3',
    'with q as (select 1 as id) select id /* as */ into made from q',
  ])('%s gives no rows, and makes the table', async (text) => {
    expect(await streamed(sql.text(text))).toEqual([]);
    if (!text.includes('temporary')) await db.query('drop table made');
  });

  it('a name that is "into" takes no pages away', async () => {
    const before = fetches().length;
    const rows = await streamed(sql.text('select q.into, q."into" as into from (select 1 as into) q'));
    expect(rows).toEqual([{ into: 1 }]);
    expect(fetches().length).toBeGreaterThan(before);
  });

  it('duplicate columns, arrays, NULLs and types are those of a query', async () => {
    const statement = sql.text(
      "select 1 as a, 2 as a, null::int as b, array[1, null] as c, 'x'::varchar(3) as d, 1.50::numeric(5, 2) as e, now()::timestamp(0) as f, lower('A') as g",
    );
    const whole = await db.query(statement);
    const [row] = await streamed(statement);
    expect(row).toEqual({ ...whole.rows[0], f: expect.any(String) });
  });
});

it('what a stream does is kept where it is left early or cannot be delivered, and not where it fails', async () => {
  for await (const _ of db.stream(sql`update t set v = 'left' where id <= 100 returning id`)) break;
  await fixture.nothingOpen();
  expect(await fixture.ask("select count(*)::int from t where v = 'left'")).toEqual([[100]]);
  const tooLarge = sql`update t set v = 'large' where id <= 100 returning repeat('x', 100000)`;
  expect(await failure(read(db.stream(tooLarge)))).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'not-applied' });
  const unsafe = sql`update t set v = 'unsafe' where id <= 100 returning 9007199254740993`;
  await fixture.nothingOpen();
  expect(await fixture.ask("select count(*)::int from t where v = 'left'")).toEqual([[100]]);
  expect(await failure(read(db.stream(unsafe)))).toMatchObject({ code: 'DATA', outcome: 'applied' });
  expect(await fixture.ask("select count(*)::int from t where v = 'unsafe'")).toEqual([[100]]);
  fixture.endpoint.faults.add({ fail: 'service-unavailable', operation: 'CommitTransaction', times: 1 });
  expect(await failure(read(db.stream(unsafe)))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
});

it('a cursor that a caller’s transaction leaves early is closed', async () => {
  await db.transaction(async (tx) => {
    for await (const _ of tx.stream(sql`select id from t`)) break;
    expect((await tx.query("select name from pg_cursors where name <> ''")).rows).toEqual([]);
  });
});

it('statements and streams interleave in a transaction', async () => {
  const seen = await db.transaction(async (tx) => {
    const pairs: [number, number][] = [];
    const second = tx
      .stream(sql<{ id: number }>`select id from t order by id desc`, { pageSize: 60 })
      [Symbol.asyncIterator]();
    for await (const { id } of tx.stream(sql<{ id: number }>`select id from t order by id`, { pageSize: 70 })) {
      const other = await second.next();
      await tx.query(sql`update t set v = ${`seen ${id}`} where id = ${id}`);
      pairs.push([id, other.value!.id]);
      if (id === 150) break;
    }
    await second.return?.();
    return pairs;
  });
  expect(seen).toEqual(numbers(1, 150).map((id) => [id, 1001 - id]));
});

it('a statement beside it that fails ends the stream, and nothing is left', async () => {
  const work = db.transaction(async (tx) => {
    for await (const _ of tx.stream(sql`select id from t`, { pageSize: 10 }))
      await tx.query('select no_such_column').catch(() => {});
  });
  expect(await failure(work)).toMatchObject({ outcome: 'not-applied' });
});

it('expired while its reader was busy: the loop rejects', async () => {
  const work = (async () => {
    let count = 0;
    for await (const _ of db.stream(sql`select id from t`, { pageSize: 10 })) {
      if (++count === 10) fixture.setClockAhead(181_000);
    }
  })();
  expect(await failure(work)).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
  fixture.setClockAhead(0);
});

it('100,000 rows take no more memory than a page', async () => {
  const gc = globalThis.gc ?? (() => {});
  let count = 0;
  let most = 0;
  gc();
  const before = process.memoryUsage().heapUsed;
  const statement = sql<{ id: number }>`select g as id, repeat('x', 100) as v from generate_series(1, 100000) g`;
  for await (const _ of db.stream(statement, { pageSize: 5_000 })) {
    if (++count % 10_000 === 0) {
      gc();
      most = Math.max(most, process.memoryUsage().heapUsed);
    }
  }
  expect(count).toBe(100_000);
  // The rows are 20 MB of objects; without gc() the heap holds garbage too.
  if (globalThis.gc) expect(most - before).toBeLessThan(12 * MIB);
}, 30_000);

describe('on mysql', () => {
  it('a result that is too large is RESULT_TOO_LARGE, applied, and says what to do', async () => {
    const mysql = await Fixture.start('mysql');
    const error = await failure(read(mysql.connect().stream(sql`select repeat('x', 2000000) as v`)));
    expect(error).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'applied' });
    expect(error.message).toContain('LIMIT');
    await mysql.stop();
  });
});
