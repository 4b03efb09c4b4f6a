import { type StreamOptions, sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { recording } from '../recording.ts';
import { within } from '../wait.ts';
import { countOf, numbers } from './dialect-sql.ts';

const define = casesOf('streams');

/** All rows of a stream. */
export async function collect<R>(rows: AsyncIterable<R>): Promise<R[]> {
  const all: R[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** Rows with the numbers 1 to `count`. */
export const upTo = (count: number): { n: number }[] => Array.from({ length: count }, (_, index) => ({ n: index + 1 }));

/** Results that are read row by row. */
export const streams: readonly Case[] = [
  ...(
    [
      [0, undefined],
      [1, 1],
      [10, 10],
      [25, 10],
      [20, 10],
      [7, 1],
      [5_000, undefined],
      [5_000, 100_000],
    ] as const
  ).map(([count, pageSize]) =>
    define(
      `rows-${count}-by-${pageSize ?? 'default'}`,
      `a stream of ${count} rows in pages of ${pageSize ?? 'the default size'} gives each row once, in order`,
      async ({ db, dialect }) => {
        const statement = sql.text<{ n: number }>(
          `select n from ${numbers(dialect, Math.max(count, 1))} where n <= ${count} order by n`,
        );
        equal(await collect(db.stream(statement, pageSize === undefined ? {} : { pageSize })), upTo(count));
      },
    ),
  ),
  define('rows-as-objects', 'streamed rows are those of query()', async ({ db, table }) => {
    const t = await table('a int, b varchar(9), c decimal(5,2), d date');
    await db.query(`insert into ${t} values (1, 'x', 1.5, '2024-02-29'), (2, null, null, null)`);
    const statement = sql.text(`select a, b, c, d, a as __proto__ from ${t} order by a`);
    const streamed = await collect(db.stream(statement));
    equal(streamed, (await db.query(statement)).rows);
    equal(Object.getOwnPropertyNames(streamed[0]).includes('__proto__'), true, 'an own __proto__');
  }),
  define('parameters', 'a stream takes parameters', async ({ db, dialect }) => {
    const rows = sql.raw(numbers(dialect, 10));
    equal(await collect(db.stream(sql`select n from ${rows} where n > ${7} order by n`)), [
      { n: 8 },
      { n: 9 },
      { n: 10 },
    ]);
  }),
  define('lazy', 'a stream sends nothing before its first row is asked for', async ({ adapter, connect }) => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    const stream = db.stream(sql`select 1 as a`);
    await db.ping();
    equal(recorded.sent.length, 1, 'the number of statements sent');
    equal(await collect(stream), [{ a: 1 }]);
  }),
  define('again', 'each loop over a stream runs the statement anew', async ({ db, table }) => {
    const t = await table('a int');
    const stream = db.stream(sql.text(`select a from ${t}`));
    equal(await collect(stream), []);
    await db.query(`insert into ${t} values (1)`);
    equal(await collect(stream), [{ a: 1 }]);
  }),
  define('wrong-statement', 'a statement that fails rejects at the first row', async ({ db }) => {
    await rejects(collect(db.stream(sql`select no_such_column`)), { code: 'SYNTAX', outcome: 'not-applied' });
    equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
  }),
  define(
    'undeliverable-row',
    'a value that cannot be delivered rejects at its row, and frees the connection',
    async ({ table, connect }) => {
      const db = await connect();
      const t = await table('id int, a bigint');
      await db.query(`insert into ${t} values (1, 1), (2, 2), (3, 9007199254740993), (4, 4)`);
      for (let run = 0; run < 12; run++) {
        const seen: unknown[] = [];
        const reading = (async () => {
          for await (const row of db.stream(sql.text(`select a from ${t} order by id`), { pageSize: 1 }))
            seen.push(row);
        })();
        await rejects(reading, { code: 'DATA', outcome: 'applied' });
        equal(seen, [{ a: 1 }, { a: 2 }], 'the rows before it');
      }
      equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['incremental streams'],
  ),
  define(
    'incremental',
    'the first row of a huge result comes at once, and leaving it there costs nothing',
    async ({ db, dialect }) => {
      const text =
        dialect === 'postgres'
          ? 'select a.n from generate_series(1, 20000) as a(n), generate_series(1, 20000) as b, generate_series(1, 20) as c'
          : `select 1 as n from ${numbers(dialect, 3000)}, ${numbers(dialect, 3000).replace('as numbers', 'as b')}, ${numbers(dialect, 3000).replace('as numbers', 'as c')}`;
      const first = (async () => {
        for await (const row of db.stream(sql.text(text))) return row;
        return undefined;
      })();
      equal(await within(8_000, first, 'the first row'), { n: 1 });
      equal(await within(5_000, db.one(sql`select 1 as a`), 'a query afterwards'), { a: 1 });
    },
    ['incremental streams'],
  ),
  define('two-at-once', 'two streams of one connection do not mix', async ({ db, dialect }) => {
    const stream = (offset: number) =>
      db.stream<{ n: number }>(sql.text(`select n + ${offset} as n from ${numbers(dialect, 50)} order by n`), {
        pageSize: 7,
      });
    const [a, b] = await Promise.all([collect(stream(0)), collect(stream(1_000))]);
    equal(a, upTo(50));
    equal(
      b,
      upTo(50).map(({ n }) => ({ n: n + 1_000 })),
    );
  }),
  define('beside-queries', 'queries run while a stream is open', async ({ db, dialect, table }) => {
    const t = await table('a int');
    for await (const { n } of db.stream<{ n: number }>(sql.text(`select n from ${numbers(dialect, 20)} order by n`), {
      pageSize: 5,
    })) {
      await db.query(`insert into ${t} values (${n})`);
    }
    equal(await countOf(db, t), 20);
  }),
  define('overlapping-next', 'calls of next() that overlap are answered in order', async ({ db, dialect }) => {
    const iterator = db
      .stream(sql.text(`select n from ${numbers(dialect, 5)} order by n`), { pageSize: 2 })
      [Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 7 }, () => iterator.next()));
    equal(
      results.map(({ value }) => value?.['n']),
      [1, 2, 3, 4, 5, undefined, undefined],
    );
    equal(
      results.map(({ done }) => done ?? false),
      [false, false, false, false, false, true, true],
    );
  }),
  ...[0, -1, 1.5, Number.NaN, 1e9, '10'].map((pageSize) =>
    define(`page-size-${pageSize}`, `pageSize ${pageSize} is DATA`, async ({ db }) => {
      const options = { pageSize } as StreamOptions;
      await rejects(collect(db.stream(sql`select 1 as a`, options)), { code: 'DATA', outcome: 'not-applied' });
    }),
  ),
];
