import { type Connection, sql } from '@sqlport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture, failure } from './fixture.ts';

const LIMIT = 65_536;

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let db: Connection;
  const mysql = engine === 'mysql';
  const p = (n: number) => (mysql ? '?' : `$${n}`);
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    db = fixture.connect();
    await db.query(
      `create table t (id int, v ${mysql ? 'longtext' : 'text'}, b ${mysql ? 'longblob' : 'bytea'}, j json)`,
    );
    await db.query('insert into t (id) values (0)');
  });
  afterAll(() => fixture.stop());

  const lastSql = () => fixture.endpoint.calls.at(-1)!.sql!;
  /** A statement that has exactly so many characters once its parameter is a literal. */
  const ofLength = (length: number) => {
    const text = `select length(${p(1)}) as n`;
    return [text, 'x'.repeat(length - text.length + p(1).length - 2)] as const;
  };

  it.each([LIMIT - 1, LIMIT])('with %i characters is all literals', async (length) => {
    const [text, value] = ofLength(length);
    expect((await db.query<{ n: number }>(text, [value])).rows[0]!.n).toBe(value.length);
    expect(lastSql()).toHaveLength(length);
  });

  it('with one more gives its longest value to the API', async () => {
    const [text, value] = ofLength(LIMIT + 1);
    expect((await db.query<{ n: number }>(text, [value])).rows[0]!.n).toBe(value.length);
    expect(lastSql().length).toBeLessThan(100);
  });

  it.each([
    ['texts', '日本語 \\ \' " :x $$ 🙂\n'.repeat(5_000)],
    ['a text of quotes', "'".repeat(100_000)],
    ['a text of backslashes', '\\'.repeat(100_000)],
  ])('%s arrive as they are', async (_, value) => {
    await db.query('delete from t');
    await db.query(`insert into t (id, v) values (${p(1)}, ${p(2)})`, [1, value]);
    expect(await fixture.ask('select id, v from t')).toEqual([[1, value]]);
  });

  it('bytes and JSON arrive as they are, next to short values, in any order', async () => {
    await db.query('delete from t');
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
    const json = { text: "it's \\ ".repeat(10_000) };
    const text = `insert into t (j, id, b, v) values (${p(1)}, ${p(2)}, ${p(3)}, ${p(4)})`;
    await db.query(text, [sql.json(json), 7, bytes, 'short']);
    const [row] = await fixture.ask('select id, v, b, j from t');
    expect(row!.slice(0, 2)).toEqual([7, 'short']);
    expect(Buffer.compare(row![2] as Buffer, bytes)).toBe(0);
    expect(row![3]).toEqual(json);
  });

  it.each(
    mysql
      ? ['--\r it is :x\n', '--\r it; is\n', "--\x01 it's :x\n", "# it's :x\r\n", "/* it's :x; /* */"]
      : ['-- c\r', "-- it's :x;\r", "-- it's\r\n", "/* it's /* :x; */ */"],
  )('next to the comment %j', async (comment) => {
    const value = 'x'.repeat(70_000);
    const text = `select ${p(1)} as a ${comment}, length(${p(2)}${mysql ? '' : '::text'}) as n, ${p(3)} as b`;
    expect((await db.query(text, ['y', value, ':x'])).rows).toEqual([{ a: 'y', n: 70_000, b: ':x' }]);
    expect(lastSql().length).toBeLessThan(200);
    expect((await db.query(text, ['y', 'z', ':x'])).rows).toEqual([{ a: 'y', n: 1, b: ':x' }]);
  });

  it('only as many values as it takes become parameters, the longest first', async () => {
    const [a, b, c] = ['a'.repeat(30_000), 'b'.repeat(40_000), 'c'.repeat(10)];
    const { rows } = await db.query<{ n: string }>(
      mysql ? 'select concat(?, ?, ?) as n' : 'select concat($1::text, $2::text, $3::text) as n',
      [a, b, c],
    );
    expect(rows[0]!.n).toBe(a + b + c);
    expect(lastSql()).toContain(a);
    expect(lastSql()).not.toContain(b);
  });

  it('a parameter that is used twice is sent once', async () => {
    if (mysql) return;
    const value = 'z'.repeat(40_000);
    expect((await db.query('select $1 || $2 || $1 = $3 as same', [value, 'x', `${value}x${value}`])).rows).toEqual([
      { same: true },
    ]);
  });

  it('with nothing left to move is DATA, not applied, and nothing is sent', async () => {
    const values = Array.from({ length: 20_000 }, (_, index) => index);
    const error = await failureWithout(() => db.query(sql`select 1 as a where ${sql.in(sql`1`, values)}`));
    expect(error).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
    expect(error.message).toContain('65536');
    const text = `select '${'x'.repeat(LIMIT)}' as a`;
    expect(await failureWithout(() => db.query(text))).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
  });

  it('over 4 MiB is DATA, not applied, and nothing is sent', async () => {
    for (const value of [
      'x'.repeat(4_200_000),
      '日'.repeat(1_400_000),
      '\x01'.repeat(700_000),
      new Uint8Array(3_150_000),
    ]) {
      const error = await failureWithout(() =>
        db.query(`select length(${p(1)}${mysql ? '' : '::text'}) as n`, [value]),
      );
      expect(error).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
      expect(error.message).toContain('4194304');
    }
  });

  it('just below 4 MiB is sent', async () => {
    const value = 'x'.repeat(4_180_000);
    expect((await db.query<{ n: number }>(`select length(${p(1)}) as n`, [value])).rows[0]!.n).toBe(value.length);
  });

  async function failureWithout(work: () => Promise<unknown>) {
    const before = fixture.endpoint.calls.length;
    const error = await failure(work());
    expect(fixture.endpoint.calls.length).toBe(before);
    return error;
  }
});
