import { type Connection, sql } from '@sqlport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture, failure } from './fixture.ts';

const LIMIT = 65_536;

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let db: Connection;
  const mysql = engine === 'mysql';
  const p = (n: number) => (mysql ? '?' : `$${n}`);
  const asText = mysql ? '' : '::text';
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
    const text = `select length(${p(1)}${asText}) as n`;
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
    const text = `select ${p(1)} as a ${comment}, length(${p(2)}${asText}) as n, ${p(3)} as b`;
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
    const text = 'select $1::text || $2 || $1::text = $3::text as same';
    expect((await db.query(text, [value, 'x', `${value}x${value}`])).rows).toEqual([{ same: true }]);
  });

  it.runIf(!mysql)('what a type could change is DATA, with the cure, and nothing is sent', async () => {
    await db.query('create table u (id uuid, c char(20), m jsonb, b bytea)');
    const uuids = Array.from({ length: 1_700 }, (_, i) => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`);
    await fixture.ask(`insert into u (id, c) values ('${uuids[5]}', 'AB')`);
    const long = 'AB'.padEnd(70_000);
    for (const [query, number] of [
      [sql`select count(*) from u where c = ${'x'} or c = ${long}`, 2],
      [sql`select count(*) from u where ${sql.in(sql`id`, uuids)}`, 1],
      [sql`select length(${new Uint8Array(70_000)})`, 1],
      [sql`update u set m = m || ${sql.json({ long })}`, 1],
      [sql`insert into u (c) select ${long} union select c from u`, 1],
    ] as const) {
      const error = await failureWithout(() => db.query(query));
      expect(error).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
      expect(error.message).toContain(`cast parameter ${number}: $${number}::text`);
    }
    expect(lastSql()).not.toContain('sqlport_');
    const counts = [
      sql`select count(*)::int as n from u where c = ${long}::char(20)`,
      sql`select count(*)::int as n from u where id in (${sql.join(uuids.map((id) => sql`${id}::uuid`))})`,
    ];
    for (const query of counts) expect((await db.query(query)).rows).toEqual([{ n: 1 }]);
  });

  it.runIf(!mysql)('a cast of a long text means what it means of a short one', async () => {
    const blank = ' '.repeat(70_000);
    for (const [type, value] of [
      ['uuid', '00000000-0000-0000-0000-000000000001'],
      ['jsonb', '{"a": [1, 2]}'],
      ['json', '{"a": 1,  "a": 2}'],
      ['int', '-7'],
      ['numeric(10, 2)', '1.005'],
      ['timestamptz', '2024-01-02 03:04:05.6+09'],
      ['date', '2024-01-02'],
      ['interval', '1 day 2 hours'],
      ['int[]', '{1,NULL,3}'],
      ['text[]', '{"a b",NULL}'],
      ['inet', '10.0.0.1'],
      ['char(3)', 'ab'],
      ['varchar(3)', 'ab'],
      ['bit(3)', '101'],
    ] as const) {
      // Blanks around a value are ignored, or cut off, or an error.
      const text = `select ($1::${type})::text as v`;
      const literal = (value: string) => fixture.ask(`select ('${value}'::${type})::text as v`).catch((e) => e.code);
      const api = (value: string) =>
        db.query<{ v: unknown }>(text, [value]).then(
          ({ rows }) => [[rows[0]!.v]],
          (e) => e.sqlState,
        );
      expect(await api(value + blank), type).toEqual(await literal(value + blank));
      expect(lastSql(), type).toContain(':sqlport_1');
    }
    const bytes = `\\x${'ab'.repeat(40_000)}`;
    expect((await db.query('select md5($1::bytea) as v', [bytes])).rows[0]).toEqual({
      v: (await fixture.ask(`select md5('${bytes}'::bytea)`))[0]![0],
    });
  });

  it.runIf(!mysql)('assigned to columns, values are what they are as literals, or refused', async () => {
    await db.query('create table a (id int primary key, c char(20), v varchar, j json, m jsonb, t text, b bytea)');
    const long = 'AB'.padEnd(70_000);
    const bytes = new Uint8Array(40_000).fill(7);
    const json = sql.json({ long });
    await db.query(
      sql`insert into a (id, c, v, j, m, t) values (1, ${long}, ${long}, ${json}, ${json}, ${bytes}), (2, ${'b'}, null, null, null, ${json})`,
    );
    await db.query(sql`update a set v = ${'z'.repeat(70_000)}, b = ${bytes} where id = 2`);
    expect(await fixture.ask('select c, v, j::text, m::text, t, length(b) from a order by id')).toEqual([
      ['AB'.padEnd(20), long, json.text, `{"long": "${long}"}`, `\\x${'07'.repeat(40_000)}`, null],
      ['b'.padEnd(20), 'z'.repeat(70_000), null, null, json.text, 40_000],
    ]);
    for (const column of ['m', 'b']) {
      const work = db.query(`update a set ${column} = $1`, [`{"a": "${long}"}`]);
      expect(await failure(work)).toMatchObject({ outcome: 'not-applied', sqlState: '42804' });
    }
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
      const error = await failureWithout(() => db.query(`select length(${p(1)}${asText}) as n`, [value]));
      expect(error).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
      expect(error.message).toContain('4194304');
    }
  });

  it('just below 4 MiB is sent', async () => {
    const value = 'x'.repeat(4_180_000);
    expect((await db.query<{ n: number }>(`select length(${p(1)}${asText}) as n`, [value])).rows[0]!.n).toBe(
      value.length,
    );
  });

  async function failureWithout(work: () => Promise<unknown>) {
    const before = fixture.endpoint.calls.length;
    const error = await failure(work());
    expect(fixture.endpoint.calls.length).toBe(before);
    return error;
  }
});
