import { type SqlValue, sql } from '@sqlport/core';
import { equal } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { show } from '../show.ts';

const define = casesOf('values-in', 'mysql');

const instant = new Date('2024-01-02T03:04:05.678Z');
/** A view into a larger buffer: only its own bytes count. */
const view = new Uint8Array(Uint8Array.of(9, 9, 0, 255, 39, 92, 9).buffer, 2, 4);

/** `[name, column type, parameter, what comes back]`. */
const columns: readonly (readonly [string, string, SqlValue, unknown])[] = [
  ['bool-true', 'tinyint(1)', true, 1],
  ['bool-false', 'tinyint(1)', false, 0],
  ['bool-in-text', 'varchar(9)', true, '1'],
  ['bigint-min', 'bigint', -9007199254740991n, -9007199254740991],
  ['year', 'year', 2024, 2024],
  ['text-nul', 'varchar(9)', 'a\0b', 'a\0b'],
  ['text-nul-alone', 'varchar(9)', '\0', '\0'],
  ['text-latin1-column', 'varchar(9) character set latin1', 'é\\', 'é\\'],
  ['text-from-date', 'varchar(40)', instant, '2024-01-02 03:04:05.678'],
  ['text-from-fraction', 'varchar(9)', 1.5, '1.5'],
  ['enum', "enum('sad','happy')", 'happy', 'happy'],
  ['set', "set('a','b')", 'a,b', 'a,b'],
  ['blob', 'blob', Uint8Array.of(0, 1, 39, 92, 255), Uint8Array.of(0, 1, 39, 92, 255)],
  ['blob-empty', 'blob', new Uint8Array(0), new Uint8Array(0)],
  ['blob-view', 'blob', view, Uint8Array.of(0, 255, 39, 92)],
  ...(typeof Buffer === 'undefined'
    ? []
    : [['blob-buffer', 'blob', Buffer.from('é'), Uint8Array.of(0xc3, 0xa9)] as const]),
  ['blob-from-text', 'blob', 'é\\', Uint8Array.of(0xc3, 0xa9, 0x5c)],
  ['binary-padded', 'binary(3)', Uint8Array.of(1), Uint8Array.of(1, 0, 0)],
  ['bit', 'bit(9)', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  ['json-backslash', 'json', sql.json({ 'a"b': '\\ \n \u0001 é 🙂' }), { 'a"b': '\\ \n \u0001 é 🙂' }],
  ['json-nul', 'json', sql.json('a\0b'), 'a\0b'],
  ['json-from-text', 'json', '["\\\\ é"]', ['\\ é']],
  ['datetime-from-date', 'datetime(3)', instant, '2024-01-02 03:04:05.678'],
  ['datetime-from-text', 'datetime', '2024-01-02 03:04:05', '2024-01-02 03:04:05'],
  ['datetime-year-1000', 'datetime', new Date('1000-01-01T00:00:00Z'), '1000-01-01 00:00:00'],
  ['datetime-year-9999', 'datetime(3)', new Date('9999-12-31T23:59:59.999Z'), '9999-12-31 23:59:59.999'],
  ['timestamp-from-date', 'timestamp(3)', instant, instant],
  ['timestamp-from-text', 'timestamp', '2024-01-02 03:04:05', new Date('2024-01-02T03:04:05Z')],
  ['time-over-24h', 'time', '100:00:00', '100:00:00'],
];

/** `[name, text, parameters, value of column v]`. */
const contexts: readonly (readonly [string, string, readonly SqlValue[], unknown])[] = [
  ['text-stays-text', 'select ? as v', ['007'], '007'],
  ['integer-stays-integer', 'select ? as v', [5], 5],
  ['bigint-stays-integer', 'select ? as v', [-5n], -5],
  ['bytes-stay-bytes', 'select ? as v', [Uint8Array.of(0, 255)], Uint8Array.of(0, 255)],
  ['null-stays-null', 'select ? as v', [null], null],
  ['backslash-text', 'select ? as v', ['a\\b'], 'a\\b'],
  ['nul-text', 'select ? as v', ['a\0b'], 'a\0b'],
  ['like-escape', "select 'a%' like ? as v", ['a\\%'], 1],
  ['like-escape-refuses', "select 'ab' like ? as v", ['a\\%'], 0],
  ['collation', "select 'É' = ? collate utf8mb4_0900_ai_ci as v", ['e'], 1],
  ['concat', "select concat('a', ?, ?) as v", ['\\', "'"], "a\\'"],
  ['char-length', 'select char_length(?) as v', ['é🙂\\'], 3],
  ['shift', 'select 4 << ? as v', [1], 8],
  ['minus-negative', 'select 5 - ? as v', [-3], 8],
  ['minus-negative-tight', 'select 5-? as v', [-3], 8],
  ['power-of-negative', 'select pow(?, 2) = 9 as v', [-3], 1],
  ['not-operator', 'select ! ? as v', [true], 0],
  ['json-path', 'select json_extract(\'{"a": 7}\', ?) as v', ['$.a'], 7],
  ['json-contains', 'select json_contains(\'[1, {"a": 2}]\', ?) as v', [sql.json({ a: 2 })], 1],
  ['interval', "select cast('2024-01-31' as date) + interval ? month as v", [1], '2024-02-29'],
  ['date-compared', "select cast('2024-01-02 03:04:05.678' as datetime(3)) = ? as v", [instant], 1],
  ['hex-of-text', 'select hex(?) as v', ['é'], 'C3A9'],
  ['hex-of-backslash', 'select hex(?) as v', ['\\é'], '5CC3A9'],
  ['hex-of-bytes', 'select hex(?) as v', [Uint8Array.of(0x5c, 0x27)], '5C27'],
  ['charset-of-text', 'select charset(?) as v', ['a\\'], 'utf8mb4'],
  ['exact-decimal', 'select cast(? as char) as v', ['0.10'], '0.10'],
];

/** One literal renderer makes the same text for all wires; the server settings do not matter. */
export const valuesInMysql: readonly Case[] = [
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
  define('bigint-unsigned-max', 'the largest unsigned integer goes in and comes back as a bigint', async (context) => {
    const db = await context.connect({ int64: 'bigint' });
    const t = sql.identifier(await context.table('v bigint unsigned'));
    await db.query(sql`insert into ${t} values (${18446744073709551615n})`);
    equal(await db.one(sql`select v from ${t}`), { v: 18446744073709551615n });
  }),
  define('nulls', 'null goes into a column of every type', async ({ db, table }) => {
    const types = [
      'tinyint(1)',
      'bigint',
      'decimal(5,2)',
      'double',
      'varchar(5)',
      'blob',
      'json',
      'datetime',
      'bit(3)',
    ];
    const t = sql.identifier(await table(types.map((type, index) => `c${index} ${type}`).join(', ')));
    await db.query(sql`insert into ${t} values (${sql.list(types.map(() => null))})`);
    equal((await db.values(sql`select * from ${t}`)).rows, [types.map(() => null)]);
  }),
  define('same-text-other-types', 'one text takes values of other JavaScript types each time', async ({ db }) => {
    const seen: unknown[] = [];
    for (const value of [5, '007', 9007199254740991n, null, 'abc', true]) {
      seen.push((await db.query('select ? as v', [value])).rows[0]?.v);
    }
    equal(seen, [5, '007', 9007199254740991, null, 'abc', 1]);
  }),
  define('ansi-quotes', 'parameters are read alike under ANSI_QUOTES and NO_BACKSLASH_ESCAPES', async (context) => {
    const { db } = context;
    const values = ['"x"', '\\', "\\'", 'é\\n'];
    await db.transaction(async (tx) => {
      const { mode } = await tx.one<{ mode: string }>(sql`select @@sql_mode as mode`);
      try {
        await tx.query(sql`set sql_mode = ${`${mode},ANSI_QUOTES,NO_BACKSLASH_ESCAPES`}`);
        for (const value of values) equal(await tx.one(sql`select ${value} as v`), { v: value });
      } finally {
        await tx.query(sql`set sql_mode = ${mode}`);
      }
    });
  }),
];
