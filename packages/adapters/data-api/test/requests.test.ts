import { sql } from '@sqlport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture } from './fixture.ts';

const EXECUTE = 'ExecuteStatement';
const BATCH = 'BatchExecuteStatement';
const BEGIN = 'BeginTransaction';
const COMMIT = 'CommitTransaction';
const ROLLBACK = 'RollbackTransaction';

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let db: ReturnType<Fixture['connect']>;
  const operationsOf = (work: () => Promise<unknown>) => fixture.operationsOf(work);
  const p = (n: number) => (engine === 'mysql' ? '?' : `$${n}`);

  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    db = fixture.connect();
    await db.query('create table t (id int, v text)');
    // The first write on MySQL asks for the server's settings.
    await db.query(sql`insert into t values (${0}, ${'first'})`);
  });
  afterAll(() => fixture.stop());

  it.each([
    ['no parameters', sql`select 1`],
    ['numbers', sql`select ${1} as a, ${-1.5} as b, ${2n} as c`],
    ['hostile texts', sql`select ${'a\\b :c $$d$$ ?'} as a, ${"it's"} as b`],
    [
      'bytes, JSON, null, booleans',
      sql`select ${Uint8Array.of(1)} as a, ${sql.json({ a: 1 })} as b, ${null} as c, ${true} as d`,
    ],
    [
      'a text of 100,000 characters',
      engine === 'mysql'
        ? sql`select length(${'x'.repeat(100_000)})`
        : sql`select length(${'x'.repeat(100_000)}::text)`,
    ],
    ['a list', sql`select 1 as a where ${sql.in(sql`1`, [1, 2])}`],
  ])('a select with %s is one request', async (_, statement) => {
    const own = fixture.connect();
    expect(await operationsOf(() => own.query(statement))).toEqual([EXECUTE]);
  });

  it('a transaction of n statements is n + 2 requests', async () => {
    const work = () =>
      db.transaction(async (tx) => {
        await tx.query(sql`select 1`);
        await tx.query(sql`insert into t values (${1}, ${'a'})`);
        await tx.query(sql`select * from t where id = ${1}`);
      });
    expect(await operationsOf(work)).toEqual([BEGIN, EXECUTE, EXECUTE, EXECUTE, COMMIT]);
  });

  it('a transaction that fails is as many', async () => {
    const work = () => db.transaction((tx) => tx.query('select no_such_column')).catch(() => {});
    expect(await operationsOf(work)).toEqual([BEGIN, EXECUTE, ROLLBACK]);
  });

  it('an isolation level and read-only are one request more', async () => {
    const work = () => db.transaction((tx) => tx.query('select 1'), { isolation: 'serializable', readOnly: true });
    // Here BeginTransaction begins at once, and MySQL sets them for the next transaction only.
    const settings = engine === 'mysql' ? [EXECUTE, EXECUTE, EXECUTE, EXECUTE] : [EXECUTE];
    expect(await operationsOf(work)).toEqual([BEGIN, ...settings, EXECUTE, COMMIT]);
  });

  it('a nested transaction is two requests more', async () => {
    const work = () => db.transaction((tx) => tx.transaction((inner) => inner.query('select 1')));
    expect(await operationsOf(work)).toEqual([BEGIN, EXECUTE, EXECUTE, EXECUTE, COMMIT]);
  });

  it('a batch is a transaction', async () => {
    const work = () => db.batch([sql`select 1`, sql`select 2`]);
    expect(await operationsOf(work)).toEqual([BEGIN, EXECUTE, EXECUTE, COMMIT]);
  });

  it('executeMany of plain INSERTs is folded into multi-row statements', async () => {
    const rows = Array.from({ length: 300 }, (_, id) => [id, `row ${id}`]);
    const work = () => db.executeMany(`insert into t values (${p(1)}, ${p(2)})`, rows);
    expect(await operationsOf(work)).toEqual([EXECUTE]);
  });

  it('executeMany of anything else is sent many at a time', async () => {
    const rows = Array.from({ length: 300 }, (_, id) => [`changed ${id}`, id]);
    const work = () => db.executeMany(`update t set v = ${p(1)} where id = ${p(2)}`, rows);
    const [first, ...rest] = await operationsOf(work);
    expect(first).toBe(BEGIN);
    expect(rest).toEqual(engine === 'mysql' ? [BATCH, COMMIT] : [EXECUTE, COMMIT]);
    expect(await fixture.ask("select count(*) from t where v like 'changed %'")).not.toEqual([[0]]);
  });

  it('10,000 folded rows are few requests, in one transaction', async () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => [id, `row ${id}`]);
    const operations = await operationsOf(() => db.executeMany(`insert into t values (${p(1)}, ${p(2)})`, rows));
    expect(operations.at(0)).toBe(BEGIN);
    expect(operations.at(-1)).toBe(COMMIT);
    expect(operations.length).toBeLessThan(30);
  });

  it('calls at once are a request each', async () => {
    const work = () => Promise.all(Array.from({ length: 8 }, (_, id) => db.one(sql`select ${id} as id`)));
    expect(await operationsOf(work)).toEqual(Array(8).fill(EXECUTE));
  });
});

describe('a stream on postgres', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start('postgres');
  });
  afterAll(() => fixture.stop());
  const drain = async (stream: AsyncIterable<unknown>) => {
    for await (const _ of stream);
  };

  it('of few rows is four requests', async () => {
    const work = () => drain(fixture.connect().stream(sql`select * from (values (1), (2)) as t`));
    expect(await fixture.operationsOf(work)).toEqual([BEGIN, EXECUTE, EXECUTE, COMMIT]);
  });

  it('of 10,000 small rows is few requests', async () => {
    const work = () =>
      drain(fixture.connect().stream(sql`select g from generate_series(1, 10000) g`, { pageSize: 5_000 }));
    // BEGIN, DECLARE, the first rows, two for the plan, three pages, COMMIT.
    expect(await fixture.operationsOf(work)).toHaveLength(8);
  });
});

it('a stream on mysql is one request', async () => {
  const fixture = await Fixture.start('mysql');
  const work = async () => {
    for await (const _ of fixture.connect().stream(sql`select 1 as a`));
  };
  expect(await fixture.operationsOf(work)).toEqual([EXECUTE]);
  await fixture.stop();
});
