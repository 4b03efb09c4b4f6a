import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { DataApiClient, failure, type Input, parameters } from './data-api-client.ts';

const shared = inject('sqlportLocal');
let local: Local;
let database: LocalDatabase;

beforeAll(async () => {
  local = await startLocal(shared);
  database = await local.createDatabase();
});
afterAll(() => local.close());

describe('PostgreSQL', () => {
  let api: DataApiClient;
  beforeAll(async () => {
    api = new DataApiClient(database.configs['data-api-postgres']);
    await api.execute("create type mood as enum ('sad', 'it''s \"ok\"')");
    await api.execute(`create table items (
      id serial primary key, big bigserial, code varchar(20) not null, price numeric(12, 3), at timestamp(3), m mood,
      always int generated always as identity)`);
  });

  test("a user's type with the name of a built-in one travels as text", async () => {
    await api.execute('create schema app');
    for (const [name, label] of [
      ['point', 'p'],
      ['money', 'm'],
      ['bool', 't'],
      ['int4', '1'],
    ] as const) {
      await api.execute(`create type app."${name}" as enum ('${label}')`);
      const sql = `select '${label}'::app."${name}", array['${label}'::app."${name}"]`;
      const { records, columnMetadata } = await api.execute(sql, { includeResultMetadata: true });
      expect(records).toEqual([[{ stringValue: label }, { arrayValue: { stringValues: [label] } }]]);
      expect(columnMetadata![0]).toMatchObject({ typeName: name, type: 12, isCurrency: false, isSigned: false });
    }
  });

  test.each([
    ["'t'::bool", { booleanValue: true }],
    ['(-5)::int2', { longValue: -5 }],
    ['12::oid', { longValue: 12 }],
    ['1.50::numeric(9,3)', { stringValue: '1.500' }],
    ["'NaN'::numeric", { stringValue: 'NaN' }],
    ['0.1::float4', { doubleValue: 0.1 }],
    ["'-0'::float8", { doubleValue: -0 }],
    ["'NaN'::float8", { doubleValue: Number.NaN }],
    ["'-infinity'::float8", { doubleValue: Number.NEGATIVE_INFINITY }],
    ["'it''s'::text", { stringValue: "it's" }],
    ["'ab'::char(4)", { stringValue: 'ab  ' }],
    ["'\\x00ff'::bytea", { blobValue: new Uint8Array([0, 255]) }],
    ["'2024-02-29'::date", { stringValue: '2024-02-29' }],
    ["'12:30:00.500'::time", { stringValue: '12:30:00.5' }],
    ["'2024-01-15 12:34:56.700'::timestamp", { stringValue: '2024-01-15 12:34:56.7' }],
    ["'2024-01-15 12:34:56+09'::timestamptz", { stringValue: '2024-01-15 03:34:56' }],
    ["'0001-01-01 00:00:00+09 BC'::timestamptz", { stringValue: '0002-12-31 15:00:00 BC' }],
    ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", { stringValue: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' }],
    [`'{"a": [1]}'::jsonb`, { stringValue: '{"a": [1]}' }],
    ["'10.0.0.1/8'::inet", { stringValue: '10.0.0.1/8' }],
    ["'[1,3)'::int4range", { stringValue: '[1,3)' }],
    ["'1 2'::int2vector", { stringValue: '1 2' }],
    ['row(1, 2)', { stringValue: '(1,2)' }],
    ["'sad'::mood", { stringValue: 'sad' }],
    ['null::int', { isNull: true }],
    ["'{1,NULL,3}'::int[]", { arrayValue: { longValues: [1, null, 3] } }],
    ["'{}'::int[]", { arrayValue: { longValues: [] } }],
    ["'[0:1]={1,2}'::int8[]", { arrayValue: { longValues: [1, 2] } }],
    ["'{t,NULL}'::bool[]", { arrayValue: { booleanValues: [true, null] } }],
    ["'{1.5,NaN}'::float8[]", { arrayValue: { doubleValues: [1.5, Number.NaN] } }],
    ["'{1.50}'::numeric[]", { arrayValue: { stringValues: ['1.50'] } }],
    [`array['a,b', 'c"d\\e', '', null, 'NULL']`, { arrayValue: { stringValues: ['a,b', 'c"d\\e', '', null, 'NULL'] } }],
    [`array['it''s "ok"']::mood[]`, { arrayValue: { stringValues: ['it\'s "ok"'] } }],
    ["array['2024-01-15 12:34:56+09'::timestamptz]", { arrayValue: { stringValues: ['2024-01-15 03:34:56'] } }],
  ])('answers %s', async (expression, field) => {
    expect(await api.value(`select ${expression}`)).toEqual(field);
  });

  test.each([
    ["'1 day'::interval", 'INTERVAL'],
    [`'x'::"char"`, 'CHAR'],
    ["'<a/>'::xml", 'XML'],
    ["'pg_class'::regclass", 'REGCLASS'],
    ["'int4'::regtype", 'REGTYPE'],
    ['1::money', 'MONEY'],
    ["'(1,2)'::point", 'POINT'],
    ["array['1 day'::interval]", 'INTERVAL'],
  ])('refuses %s, but not when there is no row', async (expression, type) => {
    expect(await failure(api.execute(`select 1, ${expression}`))).toEqual({
      name: 'UnsupportedResultException',
      status: 400,
      message: `The result contains the unsupported data type ${type}`,
    });
    const { columnMetadata } = await api.execute(`select ${expression} where false`, { includeResultMetadata: true });
    expect(columnMetadata).toHaveLength(1);
  });

  test('refuses arrays of several dimensions', async () => {
    expect(await failure(api.execute("select '{{1,2},{3,4}}'::int[]"))).toMatchObject({
      name: 'UnsupportedResultException',
      message: 'The result contains a multidimensional array',
    });
  });

  test.each(["'infinity'::date", "'-infinity'::timestamp", "'infinity'::timestamptz"])(
    'breaks without a word at %s',
    async (expression) => {
      const { name, status } = await failure(api.execute(`select ${expression}`));
      expect({ name, status }).toEqual({ name: 'InternalFailure', status: 500 });
    },
  );

  test('describes the columns of a table', async () => {
    const { columnMetadata } = await api.execute('select * from items', { includeResultMetadata: true });
    const common = { schemaName: 'public', tableName: 'items', isCurrency: false, arrayBaseColumnType: 0 };
    const column = (name: string, type: number, typeName: string, more: object) => ({
      ...common,
      ...{ name, label: name, type, typeName, isAutoIncrement: false, isCaseSensitive: false, isSigned: true },
      ...{ nullable: 1, precision: 10, scale: 0 },
      ...more,
    });
    expect(columnMetadata).toEqual([
      column('id', 4, 'serial', { isAutoIncrement: true, nullable: 0 }),
      column('big', -5, 'bigserial', { isAutoIncrement: true, nullable: 0, precision: 19 }),
      column('code', 12, 'varchar', { isCaseSensitive: true, isSigned: false, nullable: 0, precision: 20 }),
      column('price', 2, 'numeric', { precision: 12, scale: 3 }),
      column('at', 93, 'timestamp', { isSigned: false, precision: 29, scale: 3 }),
      column('m', 12, 'mood', { isCaseSensitive: true, isSigned: false, precision: 2_147_483_647 }),
      column('always', 4, 'int4', { isAutoIncrement: true, nullable: 0 }),
    ]);
  });

  test('describes expressions and arrays, under the names they were given', async () => {
    const sql = "select 1 as n, array[1.5] as prices, 'a'::mood::text as n from (select 1) x where false";
    const { columnMetadata } = await api.execute(sql.replace("'a'", "'sad'"), { includeResultMetadata: true });
    expect(columnMetadata).toMatchObject([
      { label: 'n', typeName: 'int4', nullable: 2, tableName: '', schemaName: '' },
      { label: 'prices', typeName: '_numeric', type: 2003, arrayBaseColumnType: 2 },
      { label: 'n', typeName: 'text' },
    ]);
  });

  test('tells neither metadata nor records of what yields no rows, and no generated fields', async () => {
    const reply = await api.execute("insert into items (code) values ('a'), ('b')", { includeResultMetadata: true });
    expect(reply).toEqual({ numberOfRecordsUpdated: 2, generatedFields: [] });
    const returning = await api.execute("update items set code = 'c' returning code");
    expect(returning).toEqual({ numberOfRecordsUpdated: 0, records: Array(2).fill([{ stringValue: 'c' }]) });
    const sets = [parameters({ c: 'x' }), parameters({ c: 'y' })];
    expect(await api.batch('insert into items (code) values (:c)', sets)).toEqual(
      Array(2).fill({ generatedFields: [] }),
    );
  });

  test('has UTC, ISO dates and the user behind the secret', async () => {
    const sql =
      "select current_user::text, current_setting('TimeZone'), current_setting('DateStyle'), current_database()";
    expect(await api.records(sql)).toEqual([
      [{ stringValue: 'app' }, { stringValue: 'UTC' }, { stringValue: 'ISO, MDY' }, { stringValue: database.name }],
    ]);
  });
});

describe.skipIf(!shared.mysql)('MySQL', () => {
  let api: DataApiClient;
  beforeAll(async () => {
    api = new DataApiClient(database.configs['data-api-mysql']);
    await api.execute(`create table items (
      id int unsigned auto_increment primary key, code varchar(20) not null, price decimal(12, 3), flag tinyint(1),
      small tinyint, big bigint unsigned, y year, at datetime(6), t time(3), bits bit(9), bit1 bit, j json,
      e enum('a', 'b'), data varbinary(10), txt text, bin varchar(9) collate utf8mb4_bin, d date, f float, f2 float(9,2), g geometry)`);
  });

  test.each([
    ['cast(-5 as signed)', { longValue: -5 }],
    ['1.50', { stringValue: '1.50' }],
    ['1.5e0', { doubleValue: 1.5 }],
    ["'it''s'", { stringValue: "it's" }],
    ["x'00ff'", { blobValue: new Uint8Array([0, 255]) }],
    ["cast('2024-02-29' as date)", { stringValue: '2024-02-29' }],
    ["cast('2024-01-15 12:34:56.700000' as datetime(6))", { stringValue: '2024-01-15 12:34:56.7' }],
    ["cast('2024-01-15 12:34:50' as datetime(6))", { stringValue: '2024-01-15 12:34:50' }],
    ["cast('-838:59:59' as time)", { stringValue: '-838:59:59' }],
    ['json_array(1)', { stringValue: '[1]' }],
    ['null', { isNull: true }],
  ])('answers %s', async (expression, field) => {
    expect(await api.value(`select ${expression}`)).toEqual(field);
  });

  test('answers the types of columns', async () => {
    await api.execute(`insert into items (code, price, flag, small, big, y, at, t, bits, bit1, j, e, data, txt, bin, d, f)
      values ('c', 1.5, 1, 2, 18446744073709551615, 2024, '2024-01-01 00:00:00.25', '10:00:00.1', b'100000001', b'1',
        '{"a": 1}', 'b', x'ff', 'text', 'bin', '2024-01-01', 1.5)`);
    const columns = 'id, code, price, flag, small, big, y, at, t, bits, bit1, j, e, data, txt, bin, d, f, g is null';
    const { records } = await api.execute(`select ${columns} from items`, {
      resultSetOptions: { longReturnType: 'STRING' },
    });
    const text = (stringValue: string) => ({ stringValue });
    expect(records).toEqual([
      [
        text('1'),
        text('c'),
        text('1.500'),
        { booleanValue: true },
        text('2'),
        text('18446744073709551615'),
        text('2024'),
        text('2024-01-01 00:00:00.25'),
        text('10:00:00.1'),
        { blobValue: new Uint8Array([1, 1]) },
        { booleanValue: true },
        text('{"a": 1}'),
        text('b'),
        { blobValue: new Uint8Array([255]) },
        text('text'),
        text('bin'),
        text('2024-01-01'),
        { doubleValue: 1.5 },
        text('1'),
      ],
    ]);
  });

  test('describes the columns of a table', async () => {
    const { columnMetadata } = await api.execute('select i.*, i.id as other from items i where false', {
      includeResultMetadata: true,
    });
    const shown = columnMetadata!.map(({ label, typeName, type, precision, scale, isSigned }) => [
      ...[label, typeName, type, precision, scale, isSigned],
    ]);
    expect(shown).toEqual([
      ['id', 'INT UNSIGNED', 4, 10, 0, false],
      ['code', 'VARCHAR', 12, 20, 0, false],
      ['price', 'DECIMAL', 3, 12, 3, true],
      ['flag', 'TINYINT', -7, 1, 0, false],
      ['small', 'TINYINT', -6, 3, 0, true],
      ['big', 'BIGINT UNSIGNED', -5, 20, 0, false],
      ['y', 'YEAR', 91, 4, 0, false],
      ['at', 'DATETIME', 93, 26, 0, false],
      ['t', 'TIME', 92, 14, 0, false],
      ['bits', 'BIT', -3, 9, 0, false],
      ['bit1', 'BIT', -7, 1, 0, false],
      ['j', 'JSON', -1, 2_147_483_647, 0, false],
      ['e', 'ENUM', 1, 1, 0, false],
      ['data', 'VARBINARY', -3, 10, 0, false],
      ['txt', 'TEXT', -1, 65_535, 0, false],
      ['bin', 'VARCHAR', 12, 9, 0, false],
      ['d', 'DATE', 91, 10, 0, false],
      ['f', 'FLOAT', 7, 12, 31, true],
      ['f2', 'FLOAT', 7, 9, 2, true],
      ['g', 'GEOMETRY', -2, 2_147_483_647, 0, false],
      ['other', 'INT UNSIGNED', 4, 10, 0, false],
    ]);
    const id = { tableName: 'items', schemaName: database.name, isAutoIncrement: true, nullable: 0 };
    expect(columnMetadata![0]).toMatchObject({ ...id, name: 'id' });
    expect(columnMetadata!.at(-1)).toMatchObject({ ...id, name: 'id', label: 'other' });
    expect(columnMetadata!.filter(({ isCaseSensitive }) => isCaseSensitive).map(({ label }) => label)).toEqual([
      ...['bits', 'j', 'data', 'bin'],
    ]);
  });

  test('tells the generated ids', async () => {
    await api.execute('create table made (id bigint auto_increment primary key, n int)');
    const sql = 'insert into made (n) values (:n)';
    const one = await api.execute(sql, { parameters: parameters({ n: 1 }) });
    expect(one).toEqual({ numberOfRecordsUpdated: 1, generatedFields: [{ longValue: 1 }] });
    const three = await api.execute('insert into made (n) values (1), (2), (3)');
    expect(three.generatedFields).toEqual([{ longValue: 2 }, { longValue: 3 }, { longValue: 4 }]);
    expect(await api.batch(sql, [parameters({ n: 1 }), parameters({ n: 2 })])).toEqual([
      { generatedFields: [{ longValue: 5 }] },
      { generatedFields: [{ longValue: 6 }] },
    ]);
    expect((await api.execute('update made set n = 1 where id = 1')).numberOfRecordsUpdated).toBe(1);
  });

  test('refuses geometry', async () => {
    expect(await failure(api.execute('select point(1, 2)'))).toMatchObject({
      name: 'UnsupportedResultException',
      message: 'The result contains the unsupported data type GEOMETRY',
    });
  });

  test('answers the first result of a procedure, which may consist of several statements', async () => {
    await api.execute('create procedure two() begin select 1 as a; select 2 as b; end');
    expect(await api.records('call two()')).toEqual([[{ longValue: 1 }]]);
    expect(await api.value('select 1')).toEqual({ longValue: 1 });
  });

  test('survives columns with names of JavaScript’s own', async () => {
    expect(await api.records('select 1 as `__proto__`, 2 as `constructor`')).toEqual([
      [{ longValue: 1 }, { longValue: 2 }],
    ]);
  });
});

describe.each([
  ['data-api-postgres', 'cast(1.50 as numeric(9, 2))', 'cast(7 as numeric(9))'],
  ...(shared.mysql ? [['data-api-mysql', 'cast(1.50 as decimal(9, 2))', 'cast(7 as decimal(9))']] : []),
] as ['data-api-postgres' | 'data-api-mysql', string, string][])('%s', (name, decimal, whole) => {
  let api: DataApiClient;
  beforeAll(() => {
    api = new DataApiClient(database.configs[name]);
  });

  test('writes longs and decimals as it is told', async () => {
    const sql = `select 9007199254740993 as l, ${decimal} as d, ${whole} as w`;
    const options = (resultSetOptions: Input['resultSetOptions']) => ({ resultSetOptions });
    expect(await api.records(sql, options({ longReturnType: 'STRING' }))).toEqual([
      [{ stringValue: '9007199254740993' }, { stringValue: '1.50' }, { stringValue: '7' }],
    ]);
    expect((await api.records(sql, options({ decimalReturnType: 'DOUBLE_OR_LONG' })))[0]!.slice(1)).toEqual([
      { doubleValue: 1.5 },
      { longValue: 7 },
    ]);
  });

  test('has exact longs in its JSON, though the SDK rounds them', async () => {
    const { formattedRecords } = await api.execute('select 9007199254740993 as l', { formatRecordsAs: 'JSON' });
    expect(formattedRecords).toBe('[{"l":9007199254740993}]');
    const sum = await api.value('select :n + 1', {
      parameters: parameters({ n: 9_007_199_254_740_993n }),
      resultSetOptions: { longReturnType: 'STRING' },
    });
    expect(sum).toEqual({ stringValue: '9007199254740994' });
  });

  test('formats the records of a SELECT as JSON, and of nothing else', async () => {
    const json: Input = { formatRecordsAs: 'JSON', includeResultMetadata: true };
    const reply = await api.execute("select 1 as a, null as b, 'x\"y' as c from (select 1) t", json);
    expect(reply).toMatchObject({ formattedRecords: '[{"a":1,"b":null,"c":"x\\"y"}]', numberOfRecordsUpdated: 0 });
    expect(reply.records).toBeUndefined();
    expect(reply.columnMetadata).toHaveLength(3);
    expect(await api.execute('create table plain (a int)', json)).toEqual({
      numberOfRecordsUpdated: 0,
      generatedFields: [],
    });
    expect((await failure(api.execute('select 1 as a, 2 as a', json))).message).toContain('duplicate column labels');
  });

  test('has a limit for the size of a result, and one for JSON', async () => {
    const rows = (count: number) => `select repeat('x', 100000) as r from (${union(count)}) t`;
    expect(await api.records(rows(10))).toHaveLength(10);
    expect(await failure(api.execute(rows(11)))).toEqual({
      name: 'UnsupportedResultException',
      status: 400,
      message: 'The result exceeds the size limit 1 MB',
    });
    const json = (await api.execute(rows(50), { formatRecordsAs: 'JSON' })).formattedRecords!;
    expect(JSON.parse(json)).toHaveLength(50);
    expect((await failure(api.execute(rows(100), { formatRecordsAs: 'JSON' }))).message).toBe(
      'The result exceeds the size limit 10 MB',
    );
  });

  test('has a limit for the size of a row, if it is switched on', async () => {
    const { limits } = local.endpoints[name];
    const sql = "select repeat('x', 70000)";
    expect(await api.records(sql)).toHaveLength(1);
    limits.rowBytes = 65_536;
    const { name: type, message } = await failure(api.execute(sql));
    limits.rowBytes = Number.POSITIVE_INFINITY;
    expect({ type, message }).toEqual({
      type: 'DatabaseErrorException',
      message: 'Packet for query is too large (70000 > 65536)',
    });
  });

  test('keeps two columns of one name apart', async () => {
    expect(await api.records('select 1 as a, 2 as a')).toEqual([[{ longValue: 1 }, { longValue: 2 }]]);
  });
});

const union = (count: number): string =>
  Array.from({ length: count }, (_, i) => `select ${i} as n`).join(' union all ');
