import '@sqlport/local/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  bind,
  foldInsert,
  foldStatements,
  json,
  planOf,
  postgresDecoder,
  postgresLiteral,
  postgresText,
  postgresTypeName,
  type SqlValue,
  type Statement,
  shareParameters,
  type ValueOptions,
} from '../src/index.ts';
import { postgresElementType } from '../src/postgres-types.ts';
import { HOSTILE_STRINGS } from './hostile-strings.ts';

const server = inject('sqlportLocal').postgres;

describe.skipIf(!server)('on a real PostgreSQL', () => {
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client({ connectionString: server ? server.url : '' });
    await client.connect();
    await client.query("set timezone = 'UTC'; create temporary table hostile (text text)");
  });
  afterAll(() => client.end());

  /** Every cell as the server wrote it, by the simple protocol without parameters, by the extended one with them. */
  async function run(text: string, params?: readonly SqlValue[]): Promise<pg.QueryArrayResult<(string | null)[]>> {
    return client.query({
      text,
      ...(params && { values: params.map(postgresText) }),
      rowMode: 'array',
      types: { getTypeParser: () => (value: string) => value },
    });
  }

  async function first(
    text: string,
    params?: readonly SqlValue[],
    options: Partial<ValueOptions> = {},
  ): Promise<unknown> {
    const { rows, fields } = await run(text, params);
    const cell = rows[0]![0]!;
    if (cell === null) return null;
    const { dataTypeID, dataTypeModifier } = fields[0]!;
    const all: ValueOptions = { int64: 'number', instants: 'date', json: 'parsed', ...options };
    const decode = postgresDecoder(dataTypeID, all, dataTypeModifier);
    return decode ? decode(cell) : cell;
  }

  describe.each(['on', 'off'])('with standard_conforming_strings=%s', (setting) => {
    beforeAll(() => client.query(`set standard_conforming_strings = ${setting}`));
    afterAll(() => client.query('reset standard_conforming_strings'));

    test('every string comes back byte for byte from its literal', async () => {
      for (const text of HOSTILE_STRINGS) {
        const { rows } = await run(`select encode(convert_to(${postgresLiteral(text)}, 'UTF8'), 'hex')`);
        expect(rows).toEqual([[Buffer.from(text).toString('hex')]]);
      }
    });

    test('and inside of an array', async () => {
      const array = [...HOSTILE_STRINGS, null, 'NULL', '{}', ',', ' '];
      expect(await first(`select ${postgresLiteral(array)}::text[]`)).toEqual(array);
    });
  });

  describe('a value comes back from the type it was sent to', () => {
    const CASES: readonly [type: string, values: readonly SqlValue[]][] = [
      ['bool', [true, false, null]],
      ['int4', [0, -2147483648]],
      ['int8', [Number.MAX_SAFE_INTEGER, -1]],
      ['float8', [0, -0, 5e-324, 1.7976931348623157e308, 0.1, 1e21, Number.NaN, Infinity, -Infinity]],
      ['float4', [-0, 0.5, 16777216]],
      ['bytea', [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, byte) => byte)]],
      [
        'timestamptz',
        [
          '2024-01-02T03:04:05.678Z',
          '0001-01-01',
          '0000-01-01',
          '-000043-03-15',
          '-004712-01-01',
          '+012345-06-07',
          '0099-12-31',
        ].map((iso) => new Date(iso)),
      ],
      ['text', ['', 'NULL', "'"]],
      [
        'int4[]',
        [
          [],
          [1, null, -3],
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
      ['text[]', [['', null, 'NULL', '"', '\\', '{},']]],
      ['bool[]', [[true, null, false]]],
      ['bytea[]', [[new Uint8Array([0, 92, 34, 255]), new Uint8Array()]]],
      ['timestamptz[]', [[new Date(1), null, new Date('-000043-03-15')]]],
      ['float8[]', [[-0, Number.NaN, -Infinity, 5e-324]]],
    ];
    test.each(CASES)('%s', async (type, values) => {
      for (const value of values) {
        expect(await first(`select $1::${type}`, [value])).toStrictEqual(value);
        expect(await first(`select ${postgresLiteral(value)}::${type}`)).toStrictEqual(value);
      }
    });

    test('jsonb', async () => {
      for (const value of [null, 1.5, 'a"\\\u2028', [], { a: [true, { b: "it's" }] }]) {
        expect(await first('select $1::jsonb', [json(value)])).toEqual(value);
        expect(await first(`select ${postgresLiteral(json(value))}::jsonb`)).toEqual(value);
      }
    });

    test('any double', async () => {
      const doubles = fc.sample(fc.double(), 500);
      expect(await first('select $1::float8[]', [doubles])).toStrictEqual(doubles);
    });
  });

  describe('values out', () => {
    const CASES: readonly [expression: string, value: unknown, options?: Partial<ValueOptions>][] = [
      ['null::int', null],
      ['true', true],
      ['1::smallint', 1],
      ['2147483647', 2147483647],
      ['4294967295::oid', 4294967295],
      ['9007199254740991', 9007199254740991],
      ["'-9223372036854775808'::int8", -9223372036854775808n, { int64: 'bigint' }],
      ['9223372036854775807', '9223372036854775807', { int64: 'string' }],
      ['1.10::numeric(10, 3)', '1.100'],
      ["'NaN'::numeric", 'NaN'],
      ['0.1::float4', 0.1],
      ["'-infinity'::float8", -Infinity],
      ["'a'::char(3)", 'a  '],
      ["'a'::varchar", 'a'],
      ["'a0eebc999c0b4ef8bb6d6bb9bd380a11'::uuid", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ["'10.0.0.1/8'::inet", '10.0.0.1/8'],
      ["'1 day 2 hours'::interval", '1 day 02:00:00'],
      ["'[1,5)'::int4range", '[1,5)'],
      ["B'101'", '101'],
      ["'\\x00ff'::bytea", new Uint8Array([0, 255])],
      ['\'{"a": 1}\'::jsonb', { a: 1 }],
      ['\'{"a": 12345678901234567890}\'::json', '{"a": 12345678901234567890}', { json: 'text' }],
      ["'2024-01-02'::date", '2024-01-02'],
      ["'infinity'::date", 'infinity'],
      ["'0044-03-15 BC'::date", '0044-03-15 BC'],
      ["'2024-01-02 03:04:05.100'::timestamp", '2024-01-02 03:04:05.1'],
      ["'2024-01-02 03:04:05.1'::timestamp(3)", '2024-01-02 03:04:05.100'],
      ["'03:04'::time(2)", '03:04:00.00'],
      ["'03:04+05:30'::timetz", '03:04:00+05:30'],
      ["'2024-01-02 03:04:05.123456Z'::timestamptz", new Date('2024-01-02T03:04:05.123Z')],
      ["'2024-01-02 03:04:05.123456Z'::timestamptz", '2024-01-02T03:04:05.123456Z', { instants: 'string' }],
      ["'2024-01-02 03:04:05Z'::timestamptz(3)", '2024-01-02T03:04:05.000Z', { instants: 'string' }],
      ["'-infinity'::timestamptz", '-infinity', { instants: 'string' }],
      ["'294276-12-31 23:59:59Z'::timestamptz", '294276-12-31 23:59:59+00', { instants: 'string' }],
      ["'{1,NULL}'::int8[]", [1, null]],
      ["'[0:1]={1,2}'::int4[]", [1, 2]],
      ["array[box '(1,1),(0,0)', box '(3,3),(2,2)']", ['(1,1),(0,0)', '(3,3),(2,2)']],
      [
        "array[['a', null], ['NULL', '\"']]",
        [
          ['a', null],
          ['NULL', '"'],
        ],
      ],
      ['array[\'{"a": "b"}\'::jsonb]', [{ a: 'b' }]],
      ["array['\\x00'::bytea]", [new Uint8Array([0])]],
    ];
    test.each(CASES)('%s', async (expression, value, options) => {
      expect(await first(`select ${expression}`, undefined, options)).toStrictEqual(value);
    });

    test('bytea and timestamptz do not depend on how the session prints them', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const instants = ['2024-07-01T12:00:00.5Z', '1880-01-01T00:00:00Z', '-000100-01-01T00:00:00Z'].map(
        (iso) => new Date(iso),
      );
      try {
        for (const zone of ['America/New_York', 'Asia/Kolkata', 'Europe/Amsterdam', 'Africa/Monrovia']) {
          await client.query(`set bytea_output = escape; set timezone = '${zone}'`);
          expect(await first('select $1::bytea', [bytes])).toEqual(bytes);
          expect(await first('select array[$1::bytea]', [bytes])).toEqual([bytes]);
          for (const instant of instants) expect(await first('select $1::timestamptz', [instant])).toEqual(instant);
        }
      } finally {
        await client.query("reset bytea_output; set timezone = 'UTC'");
      }
    });

    test('every built-in type is known by its name, and arrays by their elements', async () => {
      const { rows } = await run(`select oid, typname, typarray from pg_type
        where oid < 10000 and typarray <> 0 and typtype in ('b', 'r', 'm', 'p') and typelem = 0`);
      expect(rows.length).toBeGreaterThan(60);
      for (const [oid, name, array] of rows) {
        expect(postgresTypeName(Number(oid))).toBe(name);
        expect(postgresTypeName(Number(array))).toBe(`_${name}`);
        expect(postgresElementType(Number(array))).toBe(Number(oid));
      }
    });
  });

  describe('the lexer', () => {
    test.each([
      ['a string that goes on after a comment', "select E'a' -- it's $2\n '\\'$2' || $1"],
      ['a comment in an operator', 'select $1 ||/* $2 */ $1'],
      ['comments that nest', 'select /* /* */ $2 */ $1'],
      ['a slice', 'select (array[$1, $1])[1:2]'],
      ['a dollar in an identifier', 'select a$2 from (values ($1)) t(a$2)'],
    ])('counts placeholders as the server does: %s', async (_, text) => {
      const numbers = new Set(planOf(text, 'postgres').positional.map(({ index }) => index));
      expect([...numbers]).toEqual([0]);
      expect((await run(text, ['x'])).rows).toHaveLength(1);
    });
  });

  test('a folded INSERT stores what single ones store', async () => {
    await client.query(`create temporary table folded (
      n int, u uuid, j jsonb, t timestamptz, a text[], b bytea, d numeric(5, 2) default 7)`);
    const text = 'insert into folded values ($1, $2, $3, $4, $5, $6, default) on conflict do nothing';
    const sets = Array.from({ length: 7 }, (_, n): SqlValue[] => [
      n,
      n % 2 ? null : `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1${n}`,
      json({ n }),
      new Date(n),
      [`${n}'"\\`, null],
      new Uint8Array([n]),
    ]);
    const stored = async (statements: readonly Statement[]) => {
      await client.query('truncate folded');
      for (const statement of statements) await run(statement.text, statement.params);
      return (await run('select * from folded order by n')).rows;
    };
    const fold = foldInsert(text, 'postgres')!;
    const folded = foldStatements(fold, sets, 'postgres', { maxParameters: 20, maxStatementBytes: 1e6 });
    expect(folded).toHaveLength(3);
    expect(await stored(folded)).toEqual(await stored(sets.map((params) => ({ text, params }))));
  });

  test('shared parameters let an expression be grouped by', async () => {
    const text = 'select coalesce(relname, $1) from pg_class where $2 <> relname group by coalesce(relname, $3)';
    const params = ['a', 'a', 'a'];
    await expect(run(text, params)).rejects.toThrow('must appear in the GROUP BY clause');
    const shared = shareParameters({ text, params });
    expect(shared.params).toHaveLength(2);
    expect((await run(shared.text, shared.params)).rows.length).toBeGreaterThan(0);
  });

  test('equal values may be compared with columns of different types', async () => {
    await client.query('create temporary table of_types (a text, b name, c date)');
    const date = '2024-01-02';
    const { text, params } = shareParameters({
      text: 'select 1 from of_types where a = $1 and c = $2',
      params: [date, date],
    });
    expect((await run(text, params)).rows).toEqual([]);
    const named = bind('select 1 from of_types where a = :x or c = :x', { x: date }, 'postgres');
    expect((await run(named.text, named.params)).rows).toEqual([]);
  });
});
