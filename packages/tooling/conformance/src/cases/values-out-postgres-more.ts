import { sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { columnOf } from './dialect-sql.ts';

const define = casesOf('values-out', 'postgres');

/** `[name, expression, why it cannot be delivered]`. */
const undeliverable = [
  ['int8-unsafe', '9007199254740993::int8', 'an integer beyond 2^53'],
  ['int8-unsafe-negative', '(-9007199254740993)::int8', 'an integer below -2^53'],
  ['int8-max', '9223372036854775807::int8', 'the largest int8'],
  ['int8-unsafe-in-array', 'array[1, 9007199254740993]::int8[]', 'an unsafe integer in an array'],
  ['timestamptz-infinity', "'infinity'::timestamptz", 'an instant that no Date can hold'],
  ['timestamptz-too-far', "'290000-01-01 00:00:00+00'::timestamptz", 'a year that no Date can hold'],
] as const;

/** `[name, option, expression, value]`. */
const underOptions = [
  ['int8-as-bigint', { int64: 'bigint' }, '9223372036854775807::int8', 9223372036854775807n],
  ['int8-min-as-bigint', { int64: 'bigint' }, '(-9223372036854775808)::int8', -9223372036854775808n],
  ['int8-small-as-bigint', { int64: 'bigint' }, '1::int8', 1n],
  ['int4-not-as-bigint', { int64: 'bigint' }, '1::int4', 1],
  ['int8-array-as-bigint', { int64: 'bigint' }, "'{1,NULL,9007199254740993}'::int8[]", [1n, null, 9007199254740993n]],
  ['int8-as-string', { int64: 'string' }, '9223372036854775807::int8', '9223372036854775807'],
  ['int8-small-as-string', { int64: 'string' }, '7::int8', '7'],
  [
    'timestamptz-as-string',
    { instants: 'string' },
    "'2024-01-02 03:04:05.123456+09'::timestamptz",
    '2024-01-01T18:04:05.123456Z',
  ],
  ['timestamp-untouched', { instants: 'string' }, "'2024-01-02 03:04:05'::timestamp", '2024-01-02 03:04:05'],
  ['json-as-text', { json: 'text' }, `'{"n": 9007199254740993}'::json`, '{"n": 9007199254740993}'],
  ['jsonb-as-text', { json: 'text' }, `'{"n":9007199254740993}'::jsonb`, '{"n": 9007199254740993}'],
  ['jsonb-null-as-text', { json: 'text' }, "'null'::jsonb", 'null'],
  ['sql-null-json-as-text', { json: 'text' }, 'null::jsonb', null],
] as const;

/** What of PostgreSQL's values depends on options, on columns, or on the session. */
export const valuesOutPostgresMore: readonly Case[] = [
  ...undeliverable.map(([name, expression, what]) =>
    define(name, `${what} is DATA, applied, and never a wrong value`, async ({ db }) => {
      await rejects(db.query(`select ${expression} as v`), { code: 'DATA', outcome: 'applied' });
    }),
  ),
  ...underOptions.map(([name, options, expression, expected]) =>
    define(name, `under ${JSON.stringify(options)} ${expression} comes out right`, async ({ connect }) => {
      const db = await connect(options);
      equal((await db.query(`select ${expression} as v`)).rows, [{ v: expected }], expression);
    }),
  ),
  define(
    'int8-unsafe-returning',
    'an unsafe integer in RETURNING is DATA, applied: the row is there',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int8');
      await rejects(db.query(`insert into ${t} values (9007199254740993) returning a`), {
        code: 'DATA',
        outcome: 'applied',
      });
      equal((await db.query(`select count(*) as n from ${t}`)).rows, [{ n: 1 }]);
    },
  ),
  define('bytes-are-plain', 'bytes are a Uint8Array and no subclass of it', async ({ db }) => {
    const { rows } = await db.query<{ v: Uint8Array }>("select '\\x0102'::bytea as v");
    equal(Object.getPrototypeOf(rows[0]?.v), Uint8Array.prototype, 'the prototype');
  }),
  define('bytes-of-every-value', 'every byte survives', async ({ db }) => {
    const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('');
    const { rows } = await db.query(`select '\\x${hex}'::bytea as v`);
    equal(rows, [{ v: Uint8Array.from({ length: 256 }, (_, byte) => byte) }]);
  }),
  define('enum', 'an enum comes out as its label', async ({ db, name, afterwards }) => {
    const type = name();
    afterwards(`drop type if exists ${type}`);
    await db.query(`create type ${type} as enum ('sad', 'so so', 'happy')`);
    equal((await db.query(`select 'so so'::${type} as v, null::${type} as w`)).rows, [{ v: 'so so', w: null }]);
  }),
  define(
    'enum-array',
    'an array of a user’s type comes out as the server prints it',
    async ({ db, name, afterwards }) => {
      const type = name();
      afterwards(`drop type if exists ${type}`);
      await db.query(`create type ${type} as enum ('sad', 'so so')`);
      equal((await db.query(`select array['sad', 'so so']::${type}[] as v`)).rows, [{ v: '{sad,"so so"}' }]);
    },
  ),
  define('domain', 'a domain comes out as the type under it', async ({ db, name, afterwards }) => {
    const domain = name();
    afterwards(`drop domain if exists ${domain}`);
    await db.query(`create domain ${domain} as int check (value > 0)`);
    equal((await db.query(`select 5::${domain} as v`)).rows, [{ v: 5 }]);
  }),
  define('scales-of-columns', 'fractions are padded to the scale of the column', async ({ db, table }) => {
    const t = await table('a timestamp(3), b time(2), c numeric(8,3), d timestamp(0)');
    await db.query(`insert into ${t} values ('2024-01-02 03:04:05.1', '01:02:03', 1.5, '2024-01-02 03:04:05')`);
    equal((await db.query(`select * from ${t}`)).rows, [
      { a: '2024-01-02 03:04:05.100', b: '01:02:03.00', c: '1.500', d: '2024-01-02 03:04:05' },
    ]);
  }),
  define('large-text', 'a text of 2 MiB comes out whole', async ({ db }) => {
    const { rows } = await db.query<{ v: string }>("select repeat('abcdé🙂78', 200000) as v");
    assert(rows[0]?.v === 'abcdé🙂78'.repeat(200_000), 'the text is not what was selected');
  }),
  define('json-proto-key', 'a JSON key named __proto__ is an own property', async ({ db }) => {
    const { v } = await db.one<{ v: { x?: unknown } }>(sql.text(`select '{"__proto__": {"x": 1}}'::jsonb as v`));
    equal(Object.keys(v), ['__proto__']);
    equal(v.x, undefined, 'what it inherits');
  }),
  define('utc-session', 'sessions are in UTC', async ({ db }) => {
    const { rows } = await db.query<{ v: string }>("select '2024-07-01 12:00:00+09'::timestamptz::text as v");
    equal(rows[0]?.v, '2024-07-01 03:00:00+00');
  }),
  define('clock', 'now() is now', async ({ db }) => {
    const { rows } = await db.query<{ v: Date }>('select now() as v');
    const distance = Math.abs((rows[0]?.v.getTime() ?? 0) - Date.now());
    assert(distance < 300_000, `now() is ${distance} ms away from now`);
  }),
  define('mixed-columns', 'every column of a row is read by its own type', async ({ db, table }) => {
    const t = await table('id int primary key, a text, b int[], c jsonb, d bytea, e timestamptz, f bool');
    await db.query(
      `insert into ${t} values (1, '1', '{1}', '1', '\\x31', '1970-01-01 00:00:01+00', true), (2, null, null, null, null, null, null)`,
    );
    equal((await db.query(`select * from ${t} order by id`)).rows, [
      { id: 1, a: '1', b: [1], c: 1, d: Uint8Array.of(0x31), e: new Date(1000), f: true },
      { id: 2, a: null, b: null, c: null, d: null, e: null, f: null },
    ]);
    equal(await columnOf(db, t, 'a'), ['1', null]);
  }),
];
