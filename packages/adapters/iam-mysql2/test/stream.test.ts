import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, numbers, type Opened, pagesOf, run, until, value } from './fixture.ts';
import { Valve } from './valve.ts';

let fixture: Fixture;
let db: Opened;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open();
});
afterAll(() => fixture.stop());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use by what can be reached. */
function memory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('a stream', () => {
  it('gives pages of the size that was asked for, columns on each', async () => {
    const pages = await pagesOf(db.stream(numbers(25), { pageSize: 10 }));
    expect(pages.map(({ rows }) => rows.length)).toEqual([10, 10, 5]);
    expect(pages.flatMap(({ rows }) => rows.map(([n]) => n))).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(pages.every(({ columns }) => columns[0]?.name === 'n' && columns[0].type === 'bigint')).toBe(true);
  });

  it('gives no empty page at the end, and one for an empty result', async () => {
    const sizes = async (text: string) =>
      (await pagesOf(db.stream({ text, params: [] }, { pageSize: 2 }))).map(({ rows }) => rows.length);
    expect(await sizes('SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4')).toEqual([2, 2]);
    expect(await sizes('SELECT 1 FROM DUAL WHERE FALSE')).toEqual([0]);
    expect(await sizes('DO 0')).toEqual([0]);
  });

  it('makes the server wait for who reads', async () => {
    const valve = await Valve.open(fixture.address);
    const plain = await fixture.open(await fixture.plaintext(valve.port));
    await run(db, 'CREATE TABLE many (n INT)');
    await run(db, `INSERT INTO many ${numbers(20_000).text.replace('?', '20000')}`);
    const before = memory();
    const statement = { text: "SELECT n, REPEAT('x', 10000) FROM many", params: [] };
    const iterator = plain.stream(statement, { pageSize: 10 })[Symbol.asyncIterator]();
    await iterator.next();
    // 200 MB are to come: what is not read fills the buffers of the sockets, then the server stands still.
    let last = 0;
    let still = 0;
    await until(() => {
      still = valve.answered === last ? still + 1 : 0;
      last = valve.answered;
      return still > 20;
    });
    expect(valve.answered).toBeLessThan(50_000_000);
    expect(memory() - before).toBeLessThan(20_000_000);
    expect((await fixture.running()).some((each) => each.includes('many'))).toBe(true);
    let rows = 10;
    for (let page = await iterator.next(); !page.done; page = await iterator.next()) rows += page.value.rows.length;
    expect(rows).toBe(20_000);
    await plain.close();
    await valve.close();
  });

  it('of a million rows needs no more memory than its pages', async () => {
    const used: number[] = [];
    let seen = 0;
    for await (const { rows } of db.stream(numbers(1_000_000), { pageSize: 1000 })) {
      seen += rows.length;
      if (seen % 100_000 === 0) used.push(memory());
    }
    expect(seen).toBe(1_000_000);
    expect(used.at(-1)! - used[0]!).toBeLessThan(5_000_000);
  });

  it('that is left early stops the statement and gives the connection back', async () => {
    const single = await fixture.open({ max: 1 });
    const id = await value(single, 'SELECT CONNECTION_ID()');
    for await (const page of single.stream(numbers(1_000_000), { pageSize: 10 })) {
      expect(page.rows).toHaveLength(10);
      break;
    }
    expect(await value(single, 'SELECT CONNECTION_ID()')).toBe(id);
    expect(await fixture.running()).toEqual([]);
  });

  it('that was never begun takes no connection', async () => {
    const single = await fixture.open({ max: 1 });
    const iterator = single.stream(numbers(10), { pageSize: 10 })[Symbol.asyncIterator]();
    await iterator.return?.();
    expect(await value(single, 'SELECT 1')).toBe(1);
  });

  it('that fails on its way says so, and gives the connection back', async () => {
    const single = await fixture.open({ max: 1 });
    const id = await value(single, 'SELECT CONNECTION_ID()');
    await run(single, 'CREATE TABLE texts (id INT PRIMARY KEY, t TEXT)');
    await run(
      single,
      `INSERT INTO texts ${numbers(100).text.replace('n FROM g', "n, IF(n = 60, 'x', '[1]') FROM g")}`,
      [100],
    );
    const statement = { text: 'SELECT CAST(t AS JSON) FROM texts ORDER BY id', params: [] };
    const error = await failure(pagesOf(single.stream(statement, { pageSize: 10 })));
    expect(error).toMatchObject({ errno: 3141, outcome: 'not-applied' });
    expect(await value(single, 'SELECT CONNECTION_ID()')).toBe(id);
  });

  it('whose value cannot be read says that the statement ran', async () => {
    const single = await fixture.open({ max: 1 });
    const statement = { text: 'SELECT 1 UNION ALL SELECT 9007199254740993', params: [] };
    const error = await failure(pagesOf(single.stream(statement, { pageSize: 1 })));
    expect(error).toMatchObject({ code: 'DATA', outcome: 'applied' });
    expect(await value(single, 'SELECT 1')).toBe(1);
  });

  it('whose statement is refused at once says so', async () => {
    const error = await failure(pagesOf(db.stream({ text: 'SELECT nonsense', params: [] }, { pageSize: 10 })));
    expect(error).toMatchObject({ code: 'SYNTAX', outcome: 'not-applied' });
  });

  it('that is aborted while it waits settles at once, and gives its connection back', async () => {
    const single = await fixture.open({ max: 1 });
    const caller = new AbortController();
    const statement = { text: 'SELECT 1, SLEEP(30)', params: [] };
    const iterator = single.stream(statement, { pageSize: 10, signal: caller.signal })[Symbol.asyncIterator]();
    const page = failure(iterator.next());
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
    caller.abort();
    expect(await page).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await value(single, 'SELECT 1')).toBe(1);
  });

  it('that is aborted between two pages gives its connection back, though nobody asks for more', async () => {
    const single = await fixture.open({ max: 1 });
    const caller = new AbortController();
    const options = { pageSize: 10, signal: caller.signal };
    const iterator = single.stream(numbers(1_000_000), options)[Symbol.asyncIterator]();
    await iterator.next();
    caller.abort();
    expect(await value(single, 'SELECT 1')).toBe(1);
    expect(await failure(iterator.next())).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
  });

  it('that loses its connection says so', async () => {
    const iterator = db.stream(numbers(1_000_000), { pageSize: 10 })[Symbol.asyncIterator]();
    await iterator.next();
    fixture.gateway.destroyConnections();
    const reading = (async () => {
      for (;;) if ((await iterator.next()).done) return;
    })();
    expect(await failure(reading)).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
  });
});
