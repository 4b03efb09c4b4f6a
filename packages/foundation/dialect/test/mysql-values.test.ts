import { describe, expect, test } from 'vitest';
import { type MysqlColumnType, mysqlDecoder, mysqlTypeName, SqlTextError, type ValueOptions } from '../src/index.ts';

const DEFAULTS: ValueOptions = { int64: 'number', instants: 'date', json: 'parsed' };
const UTF8MB4 = 255;
const BINARY = 63;

function column(type: number, rest: Partial<MysqlColumnType> = {}): MysqlColumnType {
  return { type, flags: 0, charset: BINARY, length: 255, decimals: 0, ...rest };
}

function decode(of: MysqlColumnType, text: string, options: Partial<ValueOptions> = {}): unknown {
  const decoder = mysqlDecoder(of, { ...DEFAULTS, ...options });
  if (decoder.from === 'bytes') return new TextEncoder().encode(text);
  return decoder.decode === undefined ? text : decoder.decode(text);
}

const BYTES = new Uint8Array([97]);

describe('values', () => {
  const CASES: readonly [name: string, of: MysqlColumnType, text: string, value: unknown][] = [
    ['TINYINT(1)', column(1, { length: 1 }), '1', 1],
    ['SMALLINT', column(2), '-5', -5],
    ['INT ZEROFILL', column(3, { flags: 96 }), '0000000042', 42],
    ['MEDIUMINT', column(9), '8388607', 8388607],
    ['YEAR', column(13, { flags: 96 }), '2024', 2024],
    ['BIGINT', column(8), '-9007199254740991', -9007199254740991],
    ['FLOAT', column(4, { decimals: 31 }), '1.5', 1.5],
    ['DOUBLE', column(5, { decimals: 31 }), '1e21', 1e21],
    ['DECIMAL', column(246, { decimals: 2 }), '1.50', '1.50'],
    ['DATE', column(10), '2024-01-02', '2024-01-02'],
    ['a zero date', column(10), '0000-00-00', '0000-00-00'],
    ['TIME', column(11), '-838:59:59', '-838:59:59'],
    ['TIME(3) from a wire that cuts zeros', column(11, { decimals: 3 }), '12:00:00', '12:00:00.000'],
    ['DATETIME', column(12), '2024-01-02 03:04:05', '2024-01-02 03:04:05'],
    ['DATETIME(6)', column(12, { decimals: 6 }), '2024-01-02 03:04:05.120000', '2024-01-02 03:04:05.120000'],
    ['DATETIME without a fixed scale', column(12, { decimals: 31 }), '2024-01-02 03:04:05', '2024-01-02 03:04:05'],
    ['TIMESTAMP', column(7), '2024-01-02 03:04:05', new Date('2024-01-02T03:04:05Z')],
    ['TIMESTAMP(6)', column(7, { decimals: 6 }), '2024-01-02 03:04:05.999999', new Date('2024-01-02T03:04:05.999Z')],
    ['JSON with the binary collation', column(245), '{"a":1}', { a: 1 }],
    ['JSON with a text collation', column(245, { charset: UTF8MB4 }), 'null', null],
    ['VARCHAR', column(253, { charset: UTF8MB4 }), 'a', 'a'],
    ['VARBINARY', column(253), 'a', BYTES],
    ['CHAR', column(254, { charset: UTF8MB4 }), 'a', 'a'],
    ['BINARY', column(254, { flags: 128 }), 'a', BYTES],
    ['CHAR with a binary collation of its character set', column(254, { charset: 46, flags: 128 }), 'a', 'a'],
    ['ENUM with the binary character set', column(254, { flags: 256 }), 'a', 'a'],
    ['SET', column(254, { charset: UTF8MB4, flags: 2048 }), 'a,b', 'a,b'],
    ['TEXT', column(252, { charset: UTF8MB4 }), 'a', 'a'],
    ['BLOB', column(252), 'a', BYTES],
    ['LONGBLOB', column(251), 'a', BYTES],
    ['BIT', column(16), 'a', BYTES],
    ['GEOMETRY', column(255), 'a', BYTES],
    ['VECTOR', column(242), 'a', BYTES],
    ['an unknown type', column(200), 'a', 'a'],
  ];
  test.each(CASES)('%s', (_, of, text, value) => {
    expect(decode(of, text)).toStrictEqual(value);
  });

  test('BIGINT as the option says', () => {
    expect(decode(column(8), '18446744073709551615', { int64: 'bigint' })).toBe(18446744073709551615n);
    expect(decode(column(8), '18446744073709551615', { int64: 'string' })).toBe('18446744073709551615');
    expect(() => decode(column(8), '18446744073709551615')).toThrow(SqlTextError);
  });

  test('JSON as text', () => {
    expect(decode(column(245), '{"a": 12345678901234567890}', { json: 'text' })).toBe('{"a": 12345678901234567890}');
  });

  test('TIMESTAMP as a string keeps microseconds', () => {
    const text = (value: string) => decode(column(7, { decimals: 6 }), value, { instants: 'string' });
    expect(text('2024-01-02 03:04:05.123456')).toBe('2024-01-02T03:04:05.123456Z');
    expect(text('2024-01-02 03:04:05')).toBe('2024-01-02T03:04:05.000000Z');
  });

  test('a zero TIMESTAMP is an error, or stays as it is as a string', () => {
    expect(() => decode(column(7), '0000-00-00 00:00:00')).toThrow(SqlTextError);
    expect(decode(column(7), '0000-00-00 00:00:00', { instants: 'string' })).toBe('0000-00-00 00:00:00');
  });
});

test('type names are those of the manual', () => {
  const CASES: readonly [of: MysqlColumnType, name: string][] = [
    [column(8, { flags: 32 }), 'bigint unsigned'],
    [column(1), 'tinyint'],
    [column(13, { flags: 96 }), 'year'],
    [column(246), 'decimal'],
    [column(253, { charset: UTF8MB4 }), 'varchar'],
    [column(253), 'varbinary'],
    [column(254, { flags: 256, charset: UTF8MB4 }), 'enum'],
    [column(254, { flags: 2048, charset: UTF8MB4 }), 'set'],
    [column(254), 'binary'],
    [column(252, { charset: UTF8MB4 }), 'text'],
    [column(252), 'blob'],
    [column(245), 'json'],
    [column(200), 'type:200'],
  ];
  for (const [of, name] of CASES) expect(mysqlTypeName(of)).toBe(name);
});
