import { equal } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { show } from '../show.ts';

const define = casesOf('values-out', 'postgres');

const utc = (iso: string): Date => new Date(iso);

/** `[name, SQL expression, JavaScript value]`, by the contract's table. */
const expressions: readonly (readonly [string, string, unknown])[] = [
  ['bool-true', 'true', true],
  ['bool-false', 'false', false],
  ['int2-min', '(-32768)::int2', -32768],
  ['int2-max', '32767::int2', 32767],
  ['int4-min', '(-2147483648)::int4', -2147483648],
  ['int4-max', '2147483647', 2147483647],
  ['oid-max', '4294967295::oid', 4294967295],
  ['int8-zero', '0::int8', 0],
  ['int8-max-safe', '9007199254740991::int8', 9007199254740991],
  ['int8-min-safe', '(-9007199254740991)::int8', -9007199254740991],
  ['count', '(select count(*) from pg_class where oid = 0)', 0],
  ['numeric-scale', '1.10::numeric(10,2)', '1.10'],
  ['numeric-zero', '0::numeric(10,2)', '0.00'],
  ['numeric-large', '123456789012345678901234567890.123456789::numeric', '123456789012345678901234567890.123456789'],
  ['numeric-small', '-0.00000000000000000001::numeric', '-0.00000000000000000001'],
  ['numeric-nan', "'NaN'::numeric", 'NaN'],
  ['numeric-infinity', "'-Infinity'::numeric", '-Infinity'],
  ['sum-is-numeric', '(select sum(n::int8) from generate_series(1, 3) as n)', '6'],
  ['float4-tenth', '0.1::float4', 0.1],
  ['float4-max', "'3.4028235e38'::float4", 3.4028235e38],
  ['float4-nan', "'NaN'::float4", Number.NaN],
  ['float4-infinity', "'-Infinity'::float4", Number.NEGATIVE_INFINITY],
  ['float8-sum', '0.1::float8 + 0.2::float8', 0.30000000000000004],
  ['float8-max', "'1.7976931348623157e308'::float8", Number.MAX_VALUE],
  ['float8-min', "'5e-324'::float8", Number.MIN_VALUE],
  ['float8-minus-zero', "'-0'::float8", -0],
  ['float8-nan', "'NaN'::float8", Number.NaN],
  ['float8-infinity', "'Infinity'::float8", Number.POSITIVE_INFINITY],
  ['text', "'it''s \\ \"x\"'::text", 'it\'s \\ "x"'],
  ['text-empty', "''::text", ''],
  ['text-unicode', "'żółć 日本 🙂'::text", 'żółć 日本 🙂'],
  ['text-control', "E'a\\tb\\r\\nc\\x01\\x7f'::text", 'a\tb\r\nc\x01\x7f'],
  ['unknown-literal', "'x'", 'x'],
  ['varchar', "'abc'::varchar(5)", 'abc'],
  ['char-padded', "'ab'::char(5)", 'ab   '],
  ['name', "'pg_class'::name", 'pg_class'],
  ['internal-char', '\'x\'::"char"', 'x'],
  ['uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['inet', "'192.168.0.1'::inet", '192.168.0.1'],
  ['cidr', "'10.0.0.0/8'::cidr", '10.0.0.0/8'],
  ['macaddr', "'08:00:2b:01:02:03'::macaddr", '08:00:2b:01:02:03'],
  ['interval', "'1 year 2 months 3 days 04:05:06.7'::interval", '1 year 2 mons 3 days 04:05:06.7'],
  ['interval-negative', "'-1 day'::interval", '-1 days'],
  ['range', "'[1,10)'::int4range", '[1,10)'],
  ['multirange', "'{[1,3),[5,8)}'::int4multirange", '{[1,3),[5,8)}'],
  ['bits', "B'101'", '101'],
  ['tsvector', "'fat cat'::tsvector", "'cat' 'fat'"],
  ['point', 'point(1.5, -2)', '(1.5,-2)'],
  ['record', "row(1, 'a b', null)", '(1,"a b",)'],
  ['pg-lsn', "'16/B374D848'::pg_lsn", '16/B374D848'],
  ['void', 'pg_advisory_unlock_all()', ''],
  ['bytea', "'\\x00ff10'::bytea", Uint8Array.of(0, 255, 16)],
  ['bytea-empty', "''::bytea", new Uint8Array(0)],
  ['bytea-backslash', "'\\x5c27'::bytea", Uint8Array.of(0x5c, 0x27)],
  ['json-object', `'{"a": [1, "x", null, true, {"b": 1.5}]}'::json`, { a: [1, 'x', null, true, { b: 1.5 }] }],
  ['jsonb-object', `'{"a": [1, "x", null, true, {"b": 1.5}]}'::jsonb`, { a: [1, 'x', null, true, { b: 1.5 }] }],
  ['jsonb-array', "'[]'::jsonb", []],
  ['jsonb-string', `'"x"'::jsonb`, 'x'],
  ['jsonb-number', "'1e3'::jsonb", 1000],
  ['jsonb-false', "'false'::jsonb", false],
  ['jsonb-null', "'null'::jsonb", null],
  ['jsonb-unicode', `'{"k": "\\u00e9 🙂 \\n"}'::jsonb`, { k: 'é 🙂 \n' }],
  ['date', "'2024-02-29'::date", '2024-02-29'],
  ['date-infinity', "'infinity'::date", 'infinity'],
  ['date-bc', "'0044-03-15 BC'::date", '0044-03-15 BC'],
  ['date-far', "'20000-01-01'::date", '20000-01-01'],
  ['time', "'23:59:59.123456'::time", '23:59:59.123456'],
  ['time-24', "'24:00:00'::time", '24:00:00'],
  ['time-scale', "'12:34:56.7'::time(3)", '12:34:56.700'],
  ['timetz', "'04:05:06+02'::timetz", '04:05:06+02'],
  ['timestamp', "'2024-01-02 03:04:05'::timestamp", '2024-01-02 03:04:05'],
  ['timestamp-micros', "'2024-01-02 03:04:05.123456'::timestamp", '2024-01-02 03:04:05.123456'],
  ['timestamp-scale', "'2024-01-02 03:04:05.1'::timestamp(3)", '2024-01-02 03:04:05.100'],
  ['timestamp-infinity', "'-infinity'::timestamp", '-infinity'],
  ['timestamp-bc', "'0044-03-15 12:00:00 BC'::timestamp", '0044-03-15 12:00:00 BC'],
  ['timestamptz', "'2024-01-02 03:04:05.678+09'::timestamptz", utc('2024-01-01T18:04:05.678Z')],
  ['timestamptz-micros', "'2024-01-02 03:04:05.123456+00'::timestamptz", utc('2024-01-02T03:04:05.123Z')],
  ['timestamptz-old', "'1883-11-18 12:00:00+00'::timestamptz", utc('1883-11-18T12:00:00Z')],
  ['timestamptz-year-1', "'0001-01-01 00:00:00+00'::timestamptz", utc('0001-01-01T00:00:00Z')],
  ['timestamptz-year-10000', "'10000-01-01 00:00:00+00'::timestamptz", utc('+010000-01-01T00:00:00Z')],
  ['timestamptz-bc', "'0044-03-15 12:00:00+00 BC'::timestamptz", utc('-000043-03-15T12:00:00Z')],
  ['array-int4', "'{1,NULL,3}'::int4[]", [1, null, 3]],
  ['array-empty', "'{}'::text[]", []],
  [
    'array-text',
    `array['a,b', '"', '\\', '{}', '', 'NULL', null, 'null', ' x ', 'é🙂']`,
    ['a,b', '"', '\\', '{}', '', 'NULL', null, 'null', ' x ', 'é🙂'],
  ],
  [
    'array-nested',
    "'{{1,2},{3,NULL}}'::int4[]",
    [
      [1, 2],
      [3, null],
    ],
  ],
  ['array-bounds', "'[0:1]={7,8}'::int4[]", [7, 8]],
  ['array-bool', "'{t,f,NULL}'::bool[]", [true, false, null]],
  ['array-int8', "'{1,9007199254740991}'::int8[]", [1, 9007199254740991]],
  ['array-numeric', "'{1.10,NaN}'::numeric[]", ['1.10', 'NaN']],
  ['array-float8', "'{0.1,NaN,-Infinity}'::float8[]", [0.1, Number.NaN, Number.NEGATIVE_INFINITY]],
  ['array-bytea', "array['\\x00ff'::bytea, null]", [Uint8Array.of(0, 255), null]],
  ['array-jsonb', `array['{"a": "x,\\""}'::jsonb, null]`, [{ a: 'x,"' }, null]],
  ['array-timestamptz', "array['2024-01-02 03:04:05+00'::timestamptz]", [utc('2024-01-02T03:04:05Z')]],
  ['array-date', "'{2024-02-29,infinity}'::date[]", ['2024-02-29', 'infinity']],
  ['array-uuid', "array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]", ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  ['array-box', "'{(2,2),(1,1);(4,4),(3,3)}'::box[]", ['(2,2),(1,1)', '(4,4),(3,3)']],
  ['array-varchar', "array['a'::varchar, null]", ['a', null]],
];

/** Types of which every one must give null for NULL. */
const nullTypes = [
  ...['bool', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'text', 'varchar', 'bpchar', 'uuid', 'inet'],
  ...[
    'interval',
    'bytea',
    'json',
    'jsonb',
    'date',
    'time',
    'timestamp',
    'timestamptz',
    'int4range',
    'int4[]',
    'text[]',
  ],
];

/** How each type of PostgreSQL comes out. */
export const valuesOutPostgres: readonly Case[] = [
  ...expressions.map(([name, expression, expected]) =>
    define(name, `${expression} comes out as ${show(expected)}`, async ({ db }) => {
      const { rows } = await db.query(`select ${expression} as v`);
      equal(rows, [{ v: expected }], expression);
    }),
  ),
  ...nullTypes.map((type) =>
    define(`null-${type.replace('[]', '-array')}`, `NULL of type ${type} comes out as null`, async ({ db }) => {
      equal((await db.query(`select null::${type} as v, 1 as n`)).rows, [{ v: null, n: 1 }]);
    }),
  ),
];
