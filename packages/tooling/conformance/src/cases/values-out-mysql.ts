import { sql } from '@sqlport/core';
import { equal } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { show } from '../show.ts';

const define = casesOf('values-out', 'mysql');

const utc = (iso: string): Date => new Date(iso);

/** `[name, column type, literal, JavaScript value]`, by the contract's table. */
const columns: readonly (readonly [string, string, string, unknown])[] = [
  ['tinyint1-true', 'tinyint(1)', 'true', 1],
  ['tinyint1-false', 'tinyint(1)', 'false', 0],
  ['tinyint1-two', 'tinyint(1)', '2', 2],
  ['tinyint-min', 'tinyint', '-128', -128],
  ['tinyint-unsigned-max', 'tinyint unsigned', '255', 255],
  ['smallint-min', 'smallint', '-32768', -32768],
  ['mediumint-max', 'mediumint', '8388607', 8388607],
  ['int-min', 'int', '-2147483648', -2147483648],
  ['int-unsigned-max', 'int unsigned', '4294967295', 4294967295],
  ['year', 'year', '2024', 2024],
  ['bigint-zero', 'bigint', '0', 0],
  ['bigint-max-safe', 'bigint', '9007199254740991', 9007199254740991],
  ['bigint-min-safe', 'bigint', '-9007199254740991', -9007199254740991],
  ['bigint-unsigned-safe', 'bigint unsigned', '9007199254740991', 9007199254740991],
  ['decimal-scale', 'decimal(10,2)', '1.1', '1.10'],
  ['decimal-zero', 'decimal(10,2)', '0', '0.00'],
  ['decimal-negative', 'decimal(30,10)', '-12345678901234567890.5', '-12345678901234567890.5000000000'],
  ['decimal-integer', 'decimal(20,0)', '9007199254740993', '9007199254740993'],
  ['float-tenth', 'float', '0.1', 0.1],
  ['float-as-text', 'float', '16777216', 16777200],
  ['double-sum', 'double', '0.30000000000000004', 0.30000000000000004],
  ['double-max', 'double', '1.7976931348623157e308', Number.MAX_VALUE],
  ['double-small', 'double', '2.2250738585072014e-308', 2.2250738585072014e-308],
  ['double-integer', 'double', '5', 5],
  ['char-trimmed', 'char(5)', "'ab'", 'ab'],
  ['varchar', 'varchar(20)', "'it''s \\\\ \"x\" '", 'it\'s \\ "x" '],
  ['varchar-empty', 'varchar(20)', "''", ''],
  ['varchar-unicode', 'varchar(20)', "'żółć 日本 🙂'", 'żółć 日本 🙂'],
  ['varchar-nul', 'varchar(20)', "'a\\0b'", 'a\0b'],
  ['varchar-digits', 'varchar(20)', "'007'", '007'],
  ['text', 'text', "'a\\nb'", 'a\nb'],
  ['longtext', 'longtext', "'x'", 'x'],
  ['latin1-text', 'varchar(20) character set latin1', "'é'", 'é'],
  ['binary-collation', 'varchar(20) character set utf8mb4 collate utf8mb4_bin', "'é'", 'é'],
  ['enum', "enum('sad','so so')", "'so so'", 'so so'],
  ['set', "set('a','b','c')", "'c,a'", 'a,c'],
  ['binary-padded', 'binary(4)', "x'00ff'", Uint8Array.of(0, 255, 0, 0)],
  ['varbinary', 'varbinary(4)', "x'5c27'", Uint8Array.of(0x5c, 0x27)],
  ['blob', 'blob', "'abc'", Uint8Array.of(97, 98, 99)],
  ['blob-empty', 'longblob', "''", new Uint8Array(0)],
  ['bit-1', 'bit(1)', "b'1'", Uint8Array.of(1)],
  ['bit-10', 'bit(10)', "b'1000000001'", Uint8Array.of(2, 1)],
  ['bit-64', 'bit(64)', '18446744073709551615', Uint8Array.from({ length: 8 }, () => 255)],
  ['json-object', 'json', `'{"a": [1, "x", null, true, {"b": 1.5}]}'`, { a: [1, 'x', null, true, { b: 1.5 }] }],
  ['json-array', 'json', "'[]'", []],
  ['json-string', 'json', `'"x"'`, 'x'],
  ['json-number', 'json', "'7'", 7],
  ['json-false', 'json', "'false'", false],
  ['json-null', 'json', "'null'", null],
  ['json-unicode', 'json', `'{"k": "é 🙂 \\\\n"}'`, { k: 'é 🙂 \n' }],
  ['date', 'date', "'2024-02-29'", '2024-02-29'],
  ['time', 'time', "'23:59:59'", '23:59:59'],
  ['time-over-24h', 'time', "'838:59:59'", '838:59:59'],
  ['time-negative', 'time(3)', "'-12:34:56.7'", '-12:34:56.700'],
  ['datetime', 'datetime', "'2024-01-02 03:04:05'", '2024-01-02 03:04:05'],
  ['datetime-micros', 'datetime(6)', "'2024-01-02 03:04:05.1'", '2024-01-02 03:04:05.100000'],
  ['datetime-max', 'datetime', "'9999-12-31 23:59:59'", '9999-12-31 23:59:59'],
  ['timestamp', 'timestamp', "'2024-01-02 03:04:05'", utc('2024-01-02T03:04:05Z')],
  ['timestamp-micros', 'timestamp(6)', "'2024-01-02 03:04:05.678901'", utc('2024-01-02T03:04:05.678Z')],
  ['timestamp-offset', 'timestamp(3)', "'2024-01-02 03:04:05.678+09:00'", utc('2024-01-01T18:04:05.678Z')],
  ['timestamp-min', 'timestamp', "'1970-01-01 00:00:01'", utc('1970-01-01T00:00:01Z')],
  ['timestamp-max', 'timestamp', "'2038-01-19 03:14:07'", utc('2038-01-19T03:14:07Z')],
];

/** Expressions whose type has no column: `[name, expression, JavaScript value]`. */
const expressions: readonly (readonly [string, string, unknown])[] = [
  ['expression-integer', '1 + 1', 2],
  ['expression-decimal', '1.50', '1.50'],
  ['expression-double', '1.5e0', 1.5],
  ['expression-string', "concat('a', 1)", 'a1'],
  ['expression-boolean', '1 = 1', 1],
  ['expression-sum', '(select sum(n) from (select 1 as n union all select 2) as s)', '3'],
  ['expression-count', '(select count(*) from (select 1 as n) as s)', 1],
  ['expression-average', '(select avg(n) from (select 1 as n union all select 2) as s)', '1.5000'],
  ['expression-hex', "hex('a')", '61'],
  ['expression-unhex', "unhex('00ff')", Uint8Array.of(0, 255)],
  ['expression-sha2', "left(sha2('a', 256), 8)", 'ca978112'],
  ['expression-cast-binary', "cast('é' as binary)", Uint8Array.of(0xc3, 0xa9)],
  ['expression-cast-date', "cast('2024-02-29' as date)", '2024-02-29'],
  ['expression-json-extract', `json_extract('{"a": [1]}', '$.a')`, [1]],
  ['expression-json-unquote', `json_unquote('"x"')`, 'x'],
  ['expression-json-object', "json_object('k', 'é')", { k: 'é' }],
  ['expression-date-format', "date_format('2024-02-29', '%Y')", '2024'],
  ['expression-group-concat', "(select group_concat(n) from (select 'a' as n union all select 'b') as s)", 'a,b'],
  ['expression-unsigned', 'cast(7 as unsigned)', 7],
  ['expression-timestampadd', "cast('2024-01-01 00:00:00' as datetime) + interval 1 day", '2024-01-02 00:00:00'],
];

const nullTypes = [
  ...['tinyint(1)', 'int', 'bigint', 'decimal(5,2)', 'float', 'double', 'varchar(5)', 'text', 'varbinary(5)', 'blob'],
  ...['bit(3)', 'json', 'date', 'time', 'datetime', 'timestamp null', "enum('a')", "set('a')", 'year'],
];

/** How each type of MySQL comes out. */
export const valuesOutMysql: readonly Case[] = [
  ...columns.map(([name, type, literal, expected]) =>
    define(name, `${literal} in a column ${type} comes out as ${show(expected)}`, async ({ db, table }) => {
      const t = await table(`v ${type}`);
      await db.query(`insert into ${t} values (${literal})`);
      equal((await db.query(`select v from ${t}`)).rows, [{ v: expected }], type);
    }),
  ),
  ...expressions.map(([name, expression, expected]) =>
    define(name, `${expression} comes out as ${show(expected)}`, async ({ db }) => {
      equal((await db.query(`select ${expression} as v`)).rows, [{ v: expected }], expression);
    }),
  ),
  define('nulls', 'NULL of every type comes out as null', async ({ db, table }) => {
    const t = await table(nullTypes.map((type, index) => `c${index} ${type}`).join(', '));
    await db.query(`insert into ${t} values (${nullTypes.map(() => 'null').join(', ')})`);
    const { rows } = await db.values(sql.text(`select * from ${t}`));
    equal(rows, [nullTypes.map(() => null)]);
  }),
];
