import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, pagesOf, run, until, value } from './fixture.ts';

let fixture: Fixture;
let db: Awaited<ReturnType<Fixture['open']>>;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open({ idleProbeMs: 1 });
});
afterAll(() => fixture.stop());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const numbers = (count: number) => ({ text: 'SELECT g FROM generate_series(1, $1::int) g', params: [count] });

describe('a stream', () => {
  it('gives pages of the size that was asked for, columns on each', async () => {
    const pages = await pagesOf(db.stream(numbers(25), { pageSize: 10 }));
    expect(pages.map(({ rows }) => rows.length)).toEqual([10, 10, 5]);
    expect(pages.flatMap(({ rows }) => rows.map(([g]) => g))).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(pages.every(({ columns }) => columns[0]?.name === 'g' && columns[0].type === 'int4')).toBe(true);
  });

  it('gives no empty page at the end, and one for an empty result', async () => {
    const sizes = async (count: number) =>
      (await pagesOf(db.stream(numbers(count), { pageSize: 10 }))).map(({ rows }) => rows.length);
    expect(await sizes(20)).toEqual([10, 10]);
    expect(await sizes(0)).toEqual([0]);
  });

  it('holds a page at a time: the server waits for who reads', async () => {
    await run(db, 'CREATE SEQUENCE produced');
    const stream = db.stream(
      { text: `SELECT nextval('produced') FROM generate_series(1, 100000)`, params: [] },
      { pageSize: 10 },
    );
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    expect(await value(db, 'SELECT last_value FROM produced')).toBe(20);
    await iterator.return?.();
  });

  it('that is left early gives its connection back', async () => {
    const single = await fixture.open({ max: 1 });
    for await (const page of single.stream(numbers(100_000), { pageSize: 10 })) {
      expect(page.rows).toHaveLength(10);
      break;
    }
    expect(await value(single, `SELECT count(*)::int FROM pg_cursors WHERE name <> ''`)).toBe(0);
  });

  it('of a statement that writes is committed, at its end and when it is left early', async () => {
    await run(db, 'CREATE TABLE written (a int)');
    const statement = { text: 'INSERT INTO written SELECT generate_series(1, 30) RETURNING a', params: [] };
    expect(await pagesOf(db.stream(statement, { pageSize: 20 }))).toHaveLength(2);
    expect(await value(db, 'SELECT count(*)::int FROM written')).toBe(30);
    for await (const _ of db.stream(statement, { pageSize: 20 })) break;
    expect(await value(db, 'SELECT count(*)::int FROM written')).toBe(60);
  });

  it('that fails on its way says so, and leaves nothing behind', async () => {
    const single = await fixture.open({ max: 1 });
    const statement = { text: 'SELECT 1 / (25 - g) FROM generate_series(1, 100) g', params: [] };
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { rows } of single.stream(statement, { pageSize: 10 })) seen.push(rows.length);
    })();
    expect(await failure(reading)).toMatchObject({ code: 'DATA', sqlState: '22012', outcome: 'not-applied' });
    expect(seen).toEqual([10, 10]);
    expect(await value(single, 'SELECT 1')).toBe(1);
  });

  it('whose server dies is UNREACHABLE, and has done nothing', async () => {
    const single = await fixture.open({ max: 1 });
    for (const dieAt of ['while it reads', 'between pages']) {
      const text =
        dieAt === 'between pages'
          ? 'SELECT generate_series(1, 100)'
          : 'SELECT g, CASE WHEN g > 10 THEN pg_sleep(30) END FROM generate_series(1, 20) g';
      const iterator = single.stream({ text, params: [] }, { pageSize: 10 })[Symbol.asyncIterator]();
      await iterator.next();
      const next = dieAt === 'between pages' ? undefined : failure(iterator.next());
      if (next !== undefined) {
        await until(async () => (await fixture.running()).some((query) => query.includes('CASE WHEN')));
      }
      await fixture.terminate();
      expect(await (next ?? failure(iterator.next()))).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
      expect(await value(single, 'SELECT 1')).toBe(1);
    }
  });

  it('whose statement is refused at once says so', async () => {
    const error = await failure(pagesOf(db.stream({ text: 'SELECT nonsense', params: [] }, { pageSize: 10 })));
    expect(error).toMatchObject({ code: 'SYNTAX', outcome: 'not-applied' });
  });

  it('that is aborted settles at once, and gives its connection back', async () => {
    const single = await fixture.open({ max: 1 });
    const caller = new AbortController();
    const slow = { text: 'SELECT g, CASE WHEN g > 10 THEN pg_sleep(30) END FROM generate_series(1, 20) g', params: [] };
    const iterator = single.stream(slow, { pageSize: 10, signal: caller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    const second = failure(iterator.next());
    await until(async () => (await fixture.running()).some((query) => query.includes('CASE WHEN')));
    caller.abort();
    expect(await second).toMatchObject({ code: 'ABORTED' });
    expect(await value(single, 'SELECT 1')).toBe(1);
    expect(await fixture.running()).toEqual([]);
  });

  it('keeps its memory flat over a million rows', async () => {
    const text = `SELECT g, repeat('x', 100) FROM generate_series(1, $1::int) g`;
    const peak = async (count: number) => {
      let most = 0;
      let rows = 0;
      for await (const page of db.stream({ text, params: [count] }, { pageSize: 1_000 })) {
        rows += page.rows.length;
        if (rows % 50_000 === 0) {
          collectGarbage();
          most = Math.max(most, process.memoryUsage().heapUsed);
        }
      }
      expect(rows).toBe(count);
      return most / 2 ** 20;
    };
    const small = await peak(100_000);
    expect((await peak(1_000_000)) - small).toBeLessThan(20);
  }, 60_000);
});

describe('a stream on a transaction', () => {
  it('lets other statements and streams run between its pages', async () => {
    const transaction = await db.begin({}, {});
    const first = transaction.stream!(numbers(25), { pageSize: 10 })[Symbol.asyncIterator]();
    const second = transaction.stream!(numbers(12), { pageSize: 10 })[Symbol.asyncIterator]();
    const sizes: number[] = [];
    for (const iterator of [first, second, first, second, first]) {
      sizes.push((await iterator.next()).value!.rows.length);
      expect(await value(transaction, 'SELECT 7')).toBe(7);
    }
    expect(sizes).toEqual([10, 10, 10, 2, 5]);
    expect((await first.next()).done).toBe(true);
    await transaction.commit({});
  });

  it('may write, and lets other statements run meanwhile', async () => {
    await run(db, 'CREATE TABLE written_tx (a int)');
    const transaction = await db.begin({}, {});
    const text = 'INSERT INTO written_tx SELECT generate_series(1, 25) RETURNING a';
    const sizes: number[] = [];
    for await (const { rows } of transaction.stream!({ text, params: [] }, { pageSize: 10 })) {
      sizes.push(rows.length);
      expect(await value(transaction, 'SELECT count(*)::int FROM written_tx')).toBe(25);
    }
    expect(sizes).toEqual([10, 10, 5]);
    await transaction.rollback();
    expect(await value(db, 'SELECT count(*)::int FROM written_tx')).toBe(0);
  });

  it('that is left early is freed on the server', async () => {
    const transaction = await db.begin({}, {});
    for await (const _ of transaction.stream!(numbers(100), { pageSize: 10 })) break;
    await run(transaction, 'SELECT 1');
    expect(await value(transaction, `SELECT count(*)::int FROM pg_cursors WHERE name <> ''`)).toBe(0);
    await transaction.commit({});
  });

  it('reads on as TRANSACTION once another statement has failed', async () => {
    const transaction = await db.begin({}, {});
    const iterator = transaction.stream!(numbers(100), { pageSize: 10 })[Symbol.asyncIterator]();
    await iterator.next();
    await failure(run(transaction, 'SELECT 1/0'));
    expect(await failure(iterator.next())).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    await transaction.rollback();
  });
});
