import type { ValueOptions } from '@sqlport/core/spi';
import { describe, expect, it } from 'vitest';
import { decode } from '../src/decode.ts';
import { readReply } from '../src/reply.ts';

const VALUES: ValueOptions = { int64: 'number', instants: 'date', json: 'parsed' };

/** The result of a recorded body. */
const read = (body: unknown, values: Partial<ValueOptions> = {}) =>
  decode(readReply(JSON.stringify(body)), { ...VALUES, ...values });

/** The value of one cell. */
const cell = (type: string, text: string | null, values: Partial<ValueOptions> = {}) =>
  read({ types: [{ name: 'a', type, nullable: true }], rows: [[text]] }, values).rows[0]?.[0];

describe('a cell', () => {
  it.each([
    ['TINYINT', '-128', -128],
    ['UNSIGNED TINYINT', '255', 255],
    ['SMALLINT', '1', 1],
    ['MEDIUMINT', '1', 1],
    ['UNSIGNED INT', '4294967295', 4294967295],
    ['YEAR', '2024', 2024],
    ['BIGINT', '9007199254740991', 9007199254740991],
    ['UNSIGNED BIGINT', '7', 7],
    ['FLOAT', '0.1', 0.1],
    ['DOUBLE', '1.7976931348623157e308', Number.MAX_VALUE],
    ['DECIMAL', '1.10', '1.10'],
    ['CHAR', 'a', 'a'],
    ['VARCHAR', 'ż🙂', 'ż🙂'],
    ['TINYTEXT', '', ''],
    ['LONGTEXT', 'x', 'x'],
    ['ENUM', 'so so', 'so so'],
    ['SET', 'a,c', 'a,c'],
    ['BINARY', '00ff', Uint8Array.of(0, 255)],
    ['VARBINARY', '5C27', Uint8Array.of(0x5c, 0x27)],
    ['LONGBLOB', '', new Uint8Array(0)],
    ['BIT', '01', Uint8Array.of(1)],
    ['DATE', '2024-02-29', '2024-02-29'],
    ['TIME', '-838:59:59', '-838:59:59'],
    ['DATETIME', '2024-01-02 03:04:05.100000', '2024-01-02 03:04:05.100000'],
    ['TIMESTAMP', '2024-01-02 03:04:05.678901', new Date('2024-01-02T03:04:05.678Z')],
    ['JSON', '{"a": [1, null]}', { a: [1, null] }],
    ['VECTOR', '[1,2]', '[1,2]'],
    ['constructor', 'x', 'x'],
  ])('of %s is read', (type, text, expected) => {
    expect(cell(type, text)).toEqual(expected);
    expect(cell(type, null)).toBeNull();
  });

  it('is read as the options say', () => {
    expect(cell('BIGINT', '9223372036854775807', { int64: 'bigint' })).toBe(9223372036854775807n);
    expect(cell('JSON', '{"n": 9007199254740993}', { json: 'text' })).toBe('{"n": 9007199254740993}');
    expect(cell('TIMESTAMP', '2024-01-02 03:04:05.678901', { instants: 'string' })).toBe('2024-01-02T03:04:05.678901Z');
  });

  it('that no number can hold is DATA, applied', () => {
    expect(() => cell('BIGINT', '9007199254740993')).toThrow(
      expect.objectContaining({ code: 'DATA', outcome: 'applied' }),
    );
  });
});

it.each([
  ['UNSIGNED BIGINT', 'bigint unsigned'],
  ['TINYINT', 'tinyint'],
  ['VARCHAR', 'varchar'],
  ['VARBINARY', 'varbinary'],
  ['TEXT', 'text'],
  ['BLOB', 'blob'],
  ['ENUM', 'enum'],
  ['SET', 'set'],
  ['JSON', 'json'],
  ['BIT', 'bit'],
  ['TIMESTAMP', 'timestamp'],
  ['NULL', 'null'],
  ['VECTOR', 'vector'],
])('the type %s has the name %s', (type, name) => {
  expect(read({ types: [{ name: 'a', type, nullable: true }] }).columns).toEqual([{ name: 'a', type: name }]);
});

it('columns of the same name, and of names like numbers, keep their order', () => {
  const types = ['b', '1', 'b', '0', '__proto__'].map((name) => ({ name, type: 'INT', nullable: false }));
  const result = read({ types, rows: [['1', '2', '3', '4', '5']] });
  expect(result.columns.map(({ name }) => name)).toEqual(['b', '1', 'b', '0', '__proto__']);
  expect(result.rows).toEqual([[1, 2, 3, 4, 5]]);
});

it('types and rows may be absent', () => {
  expect(read({})).toEqual({ columns: [], rows: [], rowsAffected: 0 });
  expect(read({ types: null, rows: null, rowsAffected: 3, sLastInsertID: '18446744073709551615' })).toEqual({
    columns: [],
    rows: [],
    rowsAffected: 3,
    insertId: 18446744073709551615n,
  });
});

it.each([null, undefined, '0', ''])('there is no id where the server says %s', (sLastInsertID) => {
  expect(read({ sLastInsertID: sLastInsertID || null })).not.toHaveProperty('insertId');
});
