import { type Connection, type ConnectOptions, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';

const define = casesOf('values-out', 'mysql');

/** Writes what the server's strict mode, which sessions have, would refuse. */
async function insertLoosely(db: Connection, text: string): Promise<void> {
  await db.transaction(async (tx) => {
    const { mode } = await tx.one<{ mode: string }>(sql`select @@sql_mode as mode`);
    await tx.query("set sql_mode = ''");
    await tx.query(text);
    await tx.query(sql`set sql_mode = ${mode}`);
  });
}

/** `[name, column type, literal, why it cannot be delivered]`. */
const undeliverable = [
  ['bigint-unsafe', 'bigint', '9007199254740993', 'an integer beyond 2^53'],
  ['bigint-unsafe-negative', 'bigint', '-9007199254740993', 'an integer below -2^53'],
  ['bigint-unsigned-max', 'bigint unsigned', '18446744073709551615', 'the largest unsigned integer'],
] as const;

/** `[name, options, column type, literal, JavaScript value]`. */
const underOptions: readonly (readonly [string, ConnectOptions, string, string, unknown])[] = [
  ['bigint-as-bigint', { int64: 'bigint' }, 'bigint', '9223372036854775807', 9223372036854775807n],
  ['bigint-min-as-bigint', { int64: 'bigint' }, 'bigint', '-9223372036854775808', -9223372036854775808n],
  ['unsigned-as-bigint', { int64: 'bigint' }, 'bigint unsigned', '18446744073709551615', 18446744073709551615n],
  ['int-not-as-bigint', { int64: 'bigint' }, 'int', '1', 1],
  ['bigint-as-string', { int64: 'string' }, 'bigint', '9223372036854775807', '9223372036854775807'],
  ['small-bigint-as-string', { int64: 'string' }, 'bigint', '7', '7'],
  [
    'timestamp-as-string',
    { instants: 'string' },
    'timestamp(6)',
    "'2024-01-02 03:04:05.123456'",
    '2024-01-02T03:04:05.123456Z',
  ],
  ['datetime-untouched', { instants: 'string' }, 'datetime', "'2024-01-02 03:04:05'", '2024-01-02 03:04:05'],
  ['json-as-text', { json: 'text' }, 'json', `'{"n": 9007199254740993}'`, '{"n": 9007199254740993}'],
  ['json-null-as-text', { json: 'text' }, 'json', "'null'", 'null'],
  ['sql-null-json-as-text', { json: 'text' }, 'json', 'null', null],
];

/** What of MySQL's values depends on options, on columns, or on the session. */
export const valuesOutMysqlMore: readonly Case[] = [
  ...undeliverable.map(([name, type, literal, what]) =>
    define(name, `${what} is DATA, applied, and never a wrong value`, async ({ db, table }) => {
      const t = await table(`v ${type}`);
      await db.query(`insert into ${t} values (${literal})`);
      await rejects(db.query(`select v from ${t}`), { code: 'DATA', outcome: 'applied' });
    }),
  ),
  ...underOptions.map(([name, options, type, literal, expected]) =>
    define(name, `under ${JSON.stringify(options)} ${literal} in ${type} comes out right`, async (context) => {
      const db = await context.connect(options);
      const t = await context.table(`v ${type}`);
      await db.query(`insert into ${t} values (${literal})`);
      equal((await db.query(`select v from ${t}`)).rows, [{ v: expected }], type);
    }),
  ),
  define('zero-dates', 'zero dates of DATE and DATETIME come out as the server writes them', async ({ db, table }) => {
    const t = await table('a date, b datetime(3), c date');
    await insertLoosely(db, `insert into ${t} values ('0000-00-00', '0000-00-00 00:00:00', '2024-00-00')`);
    equal((await db.query(`select * from ${t}`)).rows, [
      { a: '0000-00-00', b: '0000-00-00 00:00:00.000', c: '2024-00-00' },
    ]);
  }),
  define('zero-timestamp', 'a zero TIMESTAMP, which no Date can hold, is DATA, applied', async ({ db, table }) => {
    const t = await table('v timestamp null');
    await insertLoosely(db, `insert into ${t} values ('0000-00-00 00:00:00')`);
    await rejects(db.query(`select v from ${t}`), { code: 'DATA', outcome: 'applied' });
  }),
  define('zerofill', 'a ZEROFILL column is a number', async ({ db, table }) => {
    const t = await table('v int(5) zerofill');
    await db.query(`insert into ${t} values (42)`);
    equal((await db.query(`select v from ${t}`)).rows, [{ v: 42 }]);
  }),
  define('bytes-are-plain', 'bytes are a Uint8Array and no subclass of it', async ({ db }) => {
    const { rows } = await db.query<{ v: Uint8Array }>("select x'0102' as v");
    equal(Object.getPrototypeOf(rows[0]?.v), Uint8Array.prototype, 'the prototype');
  }),
  define('bytes-of-every-value', 'every byte survives', async ({ db }) => {
    const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('');
    equal((await db.query(`select x'${hex}' as v`)).rows, [{ v: Uint8Array.from({ length: 256 }, (_, byte) => byte) }]);
  }),
  define('large-text', 'a text of 2 MiB comes out whole', async ({ db }) => {
    const { rows } = await db.query<{ v: string }>("select repeat('abcdé🙂78', 200000) as v");
    assert(rows[0]?.v === 'abcdé🙂78'.repeat(200_000), 'the text is not what was selected');
  }),
  define('json-proto-key', 'a JSON key named __proto__ is an own property', async ({ db }) => {
    const { v } = await db.one<{ v: { x?: unknown } }>(sql.text(`select cast('{"__proto__": {"x": 1}}' as json) as v`));
    equal(Object.keys(v), ['__proto__']);
    equal(v.x, undefined, 'what it inherits');
  }),
  define('utc-session', 'sessions are in UTC', async ({ db, table }) => {
    const t = await table('v timestamp');
    await db.query(`insert into ${t} values ('2024-07-01 12:00:00+09:00')`);
    equal((await db.query(`select cast(v as char) as v from ${t}`)).rows, [{ v: '2024-07-01 03:00:00' }]);
  }),
  define('clock', 'utc_timestamp() and now() are now', async ({ db }) => {
    const { rows } = await db.query<{ a: string; b: string }>('select utc_timestamp() as a, now() as b');
    for (const text of [rows[0]?.a, rows[0]?.b]) {
      const distance = Math.abs(Date.parse(`${text}Z`) - Date.now());
      assert(distance < 300_000, `the clock says ${text}, which is ${distance} ms away from now`);
    }
  }),
  define('mixed-columns', 'every column of a row is read by its own type', async ({ db, table }) => {
    const t = await table('id int primary key, a varchar(5), b blob, c json, d timestamp null, e bigint, f bit(8)');
    await db.query(
      `insert into ${t} values (1, '1', '1', '1', '1970-01-01 00:00:01', 1, 1), (2, null, null, null, null, null, null)`,
    );
    equal((await db.query(`select * from ${t} order by id`)).rows, [
      { id: 1, a: '1', b: Uint8Array.of(0x31), c: 1, d: new Date(1000), e: 1, f: Uint8Array.of(1) },
      { id: 2, a: null, b: null, c: null, d: null, e: null, f: null },
    ]);
  }),
];
