import { type SqlValue, sql } from '@sqlport/core';
import { equal } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { show } from '../show.ts';

const define = casesOf('values-in', 'postgres');

const instant = new Date('2024-01-02T03:04:05.678Z');
const uuid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
/** A view into a larger buffer: only its own bytes count. */
const view = new Uint8Array(Uint8Array.of(9, 9, 0, 255, 39, 92, 9).buffer, 2, 4);

/** `[name, column type, parameter, what comes back]`: the server infers the type from the column. */
const columns: readonly (readonly [string, string, SqlValue, unknown])[] = [
  ['bool-true', 'bool', true, true],
  ['bool-false', 'bool', false, false],
  ['bool-from-text', 'bool', 'yes', true],
  ['text-from-bool', 'text', true, 'true'],
  ['text-from-fraction', 'text', 1.5, '1.5'],
  ['text-from-date', 'text', instant, '2024-01-02T03:04:05.678Z'],
  ['int8-min', 'int8', '-9007199254740991', -9007199254740991],
  ['numeric-nan', 'numeric', Number.NaN, 'NaN'],
  ['numeric-exact', 'numeric', 0.1, '0.1'],
  ['float8-nan', 'float8', Number.NaN, Number.NaN],
  ['float8-infinity', 'float8', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ['float8-minus-infinity', 'float8', Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ['float8-smallest', 'float8', Number.MIN_VALUE, Number.MIN_VALUE],
  ['float4', 'float4', 0.1, 0.1],
  ['char-padded', 'char(5)', 'ab', 'ab   '],
  ['uuid', 'uuid', uuid.toUpperCase(), uuid],
  ['inet', 'inet', '10.0.0.1', '10.0.0.1'],
  ['interval', 'interval', '90 minutes', '01:30:00'],
  ['range', 'int4range', '[1,5]', '[1,6)'],
  ['bits', 'bit(3)', '101', '101'],
  ['point', 'point', '(1,2)', '(1,2)'],
  ['tsvector', 'tsvector', 'a b', "'a' 'b'"],
  ['jsonb', 'jsonb', sql.json({ b: 1, a: [null, 'ü'] }), { a: [null, 'ü'], b: 1 }],
  ['jsonb-from-text', 'jsonb', '[1]', [1]],
  ['jsonb-false', 'jsonb', sql.json(false), false],
  ['bytea', 'bytea', Uint8Array.of(0, 1, 39, 92, 255), Uint8Array.of(0, 1, 39, 92, 255)],
  ['bytea-empty', 'bytea', new Uint8Array(0), new Uint8Array(0)],
  ['bytea-view', 'bytea', view, Uint8Array.of(0, 255, 39, 92)],
  ...(typeof Buffer === 'undefined'
    ? []
    : [['bytea-buffer', 'bytea', Buffer.from('é'), Uint8Array.of(0xc3, 0xa9)] as const]),
  ['timestamptz', 'timestamptz', instant, instant],
  ['timestamptz-from-text', 'timestamptz', '2024-01-02 03:04:05+09', new Date('2024-01-01T18:04:05Z')],
  ['timestamptz-year-1', 'timestamptz', new Date('0001-01-01T00:00:00Z'), new Date('0001-01-01T00:00:00Z')],
  ['timestamptz-bc', 'timestamptz', new Date('-000043-03-15T12:00:00Z'), new Date('-000043-03-15T12:00:00Z')],
  ['timestamptz-year-12345', 'timestamptz', new Date('+012345-06-07T08:09:10Z'), new Date('+012345-06-07T08:09:10Z')],
  ['timestamp-from-date', 'timestamp', instant, '2024-01-02 03:04:05.678'],
  ['timestamp-from-text', 'timestamp', '2024-01-02 03:04:05', '2024-01-02 03:04:05'],
  ['time-from-text', 'time', '01:02:03.5', '01:02:03.5'],
  ['int4-array', 'int4[]', [1, null, -3], [1, null, -3]],
  ['int8-array', 'int8[]', [1n, 9007199254740991n], [1, 9007199254740991]],
  ['array-empty', 'text[]', [], []],
  [
    'text-array',
    'text[]',
    ['a,b', '"', '\\', '{}', '', 'NULL', null, ' x ', "it's", '🙂\n'],
    ['a,b', '"', '\\', '{}', '', 'NULL', null, ' x ', "it's", '🙂\n'],
  ],
  ['text-array-from-mixed', 'text[]', [1, true, 'x'], ['1', 'true', 'x']],
  [
    'nested-array',
    'int4[]',
    [
      [1, 2],
      [3, null],
    ],
    [
      [1, 2],
      [3, null],
    ],
  ],
  ['bool-array', 'bool[]', [true, false, null], [true, false, null]],
  [
    'float8-array',
    'float8[]',
    [0.1, Number.NaN, Number.NEGATIVE_INFINITY],
    [0.1, Number.NaN, Number.NEGATIVE_INFINITY],
  ],
  [
    'bytea-array',
    'bytea[]',
    [Uint8Array.of(0, 92), new Uint8Array(0), null],
    [Uint8Array.of(0, 92), new Uint8Array(0), null],
  ],
  ['jsonb-array', 'jsonb[]', [sql.json({ a: 'x,"' }), null], [{ a: 'x,"' }, null]],
  ['timestamptz-array', 'timestamptz[]', [instant, null], [instant, null]],
  ['uuid-array', 'uuid[]', [uuid], [uuid]],
  ['array-from-literal', 'int4[]', '{1,NULL}', [1, null]],
];

/** `[name, text, parameters, value of column v]`: the server infers the type from the context. */
const contexts: readonly (readonly [string, string, readonly SqlValue[], unknown])[] = [
  ['shift', 'select 4 << $1 as v', [1], 8],
  ['add-text', 'select 1 + $1 as v', ['41'], 42],
  ['real-equals', 'select 0.1::real = $1 as v', [0.1], true],
  ['char-differs', "select 'ab'::char(5) <> $1 as v", ['ab'], false],
  ['jsonb-append', `select '{"a": 1}'::jsonb || $1 as v`, [sql.json({ b: 2 })], { a: 1, b: 2 }],
  ['jsonb-field', `select '{"a": 1}'::jsonb -> $1 as v`, ['a'], 1],
  ['jsonb-contains', `select '{"a": 1, "b": 2}'::jsonb @> $1 as v`, [sql.json({ b: 2 })], true],
  ['text-append', "select 'a' || $1 as v", ['b'], 'ab'],
  ['text-by-default', 'select $1 as v', ['007'], '007'],
  ['less-than', 'select $1 < $2 as v', ['10', '9'], true],
  ['any-array', 'select 5 = any($1) as v', [[1, 5]], true],
  ['array-contains', "select array['a', 'b'] @> $1 as v", [['b']], true],
  ['array-append', 'select array[1] || $1 as v', [[2, null]], [1, 2, null]],
  ['inet-within', "select '10.1.2.3'::inet << $1 as v", ['10.0.0.0/8'], true],
  ['uuid-equals', `select '${uuid}'::uuid = $1 as v`, [uuid.toUpperCase()], true],
  ['date-before', "select '2024-01-01'::date < $1 as v", ['2024-01-02'], true],
  ['timestamptz-equals', "select '2024-01-02 12:04:05.678+09'::timestamptz = $1 as v", [instant], true],
  ['interval-added', "select '2024-01-31 00:00:00'::timestamp + $1::interval as v", ['1 month'], '2024-02-29 00:00:00'],
  ['bytea-equals', "select '\\x5c00'::bytea = $1 as v", [Uint8Array.of(0x5c, 0)], true],
  ['boolean-alone', 'select 1 as v where $1', [true], 1],
  ['numeric-into-text', 'select $1::numeric::text as v', [0.30000000000000004], '0.30000000000000004'],
  ['number-as-text', 'select $1::text as v', [1e21], '1e+21'],
  ['unnest', 'select array_agg(x) as v from unnest($1::text[]) as x', [['a', null]], ['a', null]],
  ['like', "select 'a_c' like $1 as v", ['a\\_c'], true],
  ['case', "select case when $1 > 5 then 'big' else 'small' end as v", [6], 'big'],
  ['null-cast', 'select $1::int is null as v', [null], true],
  ['null-coalesce', 'select coalesce($1, 5) as v', [null], 5],
  ['row-comparison', "select (1, 'x') = ($1, $2) as v", [1, 'x'], true],
  ['function-argument', 'select length($1) as v', ['żółw'], 4],
  ['extract', 'select extract(year from $1::timestamptz)::int as v', [instant], 2024],
];

/** Types of columns that NULL must go into. */
const nullable = [
  'bool',
  'int4',
  'int8',
  'numeric',
  'float8',
  'text',
  'uuid',
  'jsonb',
  'inet',
  'timestamptz',
  'bytea',
  'int4[]',
];

/** Every parameter is text of unknown type: what the server makes of it follows from where it stands. */
export const valuesInPostgres: readonly Case[] = [
  ...columns.map(([name, type, value, expected]) =>
    define(name, `${show(value)} goes into ${type} and comes back as ${show(expected)}`, async ({ db, table }) => {
      const t = sql.identifier(await table(`v ${type}`));
      await db.query(sql`insert into ${t} values (${value})`);
      equal((await db.query(sql`select v from ${t}`)).rows, [{ v: expected }], type);
    }),
  ),
  ...contexts.map(([name, text, params, expected]) =>
    define(`context-${name}`, `${text} with ${show(params)} answers ${show(expected)}`, async ({ db }) => {
      equal((await db.query(text, params)).rows, [{ v: expected }]);
    }),
  ),
  ...nullable.map((type) =>
    define(`null-into-${type.replace('[]', '-array')}`, `null goes into a column of type ${type}`, async (context) => {
      const t = sql.identifier(await context.table(`v ${type}`));
      await context.db.query(sql`insert into ${t} values (${null})`);
      equal(await context.db.one(sql`select v is null as v from ${t}`), { v: true });
    }),
  ),
  define('enum', 'a text goes into an enum, and is compared with one', async ({ db, table, name, afterwards }) => {
    const type = name();
    afterwards(`drop type if exists ${type} cascade`);
    await db.query(`create type ${type} as enum ('sad', 'happy')`);
    const t = sql.identifier(await table(`v ${type}, w ${type}[]`));
    await db.query(sql`insert into ${t} values (${'happy'}, ${['sad', null]})`);
    equal(await db.one(sql`select v, w[1] as w from ${t} where v > ${'sad'}`), { v: 'happy', w: 'sad' });
  }),
  define('same-text-other-types', 'one text takes values of other JavaScript types each time', async ({ db }) => {
    const seen: unknown[] = [];
    for (const value of [5, '007', 9007199254740993n, true, null, 'abc', 1.5]) {
      seen.push((await db.query('select $1 as v', [value])).rows[0]?.v);
    }
    equal(seen, ['5', '007', '9007199254740993', 'true', null, 'abc', '1.5']);
  }),
];
