import { describe, expect, test } from 'vitest';
import { postgresDecoder, postgresTypeName, SqlTextError, type ValueOptions } from '../src/index.ts';

const DEFAULTS: ValueOptions = { int64: 'number', instants: 'date', json: 'parsed' };

function decode(type: number, text: string, options: Partial<ValueOptions> = {}, typeModifier?: number): unknown {
  const decoder = postgresDecoder(type, { ...DEFAULTS, ...options }, typeModifier);
  return decoder ? decoder(text) : text;
}

describe('scalars', () => {
  const CASES: readonly [name: string, type: number, text: string, value: unknown][] = [
    ['true', 16, 't', true],
    ['false', 16, 'f', false],
    ['int2', 21, '-32768', -32768],
    ['int4', 23, '2147483647', 2147483647],
    ['oid', 26, '4294967295', 4294967295],
    ['int8', 20, '-9007199254740991', -9007199254740991],
    ['float4', 700, '1e+10', 1e10],
    ['float8', 701, '0.30000000000000004', 0.30000000000000004],
    ['NaN', 701, 'NaN', Number.NaN],
    ['Infinity', 701, 'Infinity', Infinity],
    ['-Infinity', 700, '-Infinity', -Infinity],
    ['negative zero', 701, '-0', -0],
    ['numeric stays a string', 1700, '1.50', '1.50'],
    ['text', 25, 'true', 'true'],
    ['uuid', 2950, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['bytea in hexadecimal', 17, '\\x00fF10', new Uint8Array([0, 255, 16])],
    ['empty bytea', 17, '\\x', new Uint8Array()],
    ['bytea with escapes', 17, "a\\\\\\000\\377'\\\\x", new Uint8Array([97, 92, 0, 255, 39, 92, 120])],
    ['empty bytea with escapes', 17, '', new Uint8Array()],
    ['json', 114, '{"a":[1,null]}', { a: [1, null] }],
    ['jsonb null', 3802, 'null', null],
    ['an unknown type', 99999, '{1}', '{1}'],
    ['int2vector', 22, '1 2', '1 2'],
    ['date', 1082, '2024-01-02', '2024-01-02'],
    ['an infinite date', 1082, '-infinity', '-infinity'],
    ['interval', 1186, '1 day 00:00:00.5', '1 day 00:00:00.5'],
  ];
  test.each(CASES)('%s', (_, type, text, value) => {
    expect(decode(type, text)).toStrictEqual(value);
  });

  test('int8 as the option says', () => {
    expect(decode(20, '9223372036854775807', { int64: 'bigint' })).toBe(9223372036854775807n);
    expect(decode(20, '9223372036854775807', { int64: 'string' })).toBe('9223372036854775807');
    for (const text of ['9007199254740992', '-9223372036854775808']) {
      expect(() => decode(20, text)).toThrow(SqlTextError);
      expect(() => decode(20, text)).not.toThrow(/\d{5}/);
    }
  });

  test('json as the option says', () => {
    expect(decode(3802, '{"a": 12345678901234567890}', { json: 'text' })).toBe('{"a": 12345678901234567890}');
    const value = decode(114, '{"__proto__": 1}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
  });
});

describe('timestamptz', () => {
  const CASES: readonly [name: string, text: string, date: string, string: string][] = [
    ['in UTC', '2024-01-02 03:04:05+00', '2024-01-02T03:04:05.000Z', '2024-01-02T03:04:05Z'],
    ['with microseconds', '2024-01-02 03:04:05.123456+00', '2024-01-02T03:04:05.123Z', '2024-01-02T03:04:05.123456Z'],
    ['with a short fraction', '2024-01-02 03:04:05.5+00', '2024-01-02T03:04:05.500Z', '2024-01-02T03:04:05.5Z'],
    [
      'before 1970, the fraction counts forward',
      '1969-12-31 23:59:59.999999+00',
      '1969-12-31T23:59:59.999Z',
      '1969-12-31T23:59:59.999999Z',
    ],
    ['east of Greenwich', '2024-01-01 05:00:00.25+09:30', '2023-12-31T19:30:00.250Z', '2023-12-31T19:30:00.25Z'],
    ['west of Greenwich', '2023-12-31 20:00:00-03:30', '2023-12-31T23:30:00.000Z', '2023-12-31T23:30:00Z'],
    ['an offset with seconds', '1883-11-18 12:03:57-04:56:02', '1883-11-18T16:59:59.000Z', '1883-11-18T16:59:59Z'],
    ['a year below 100', '0099-03-01 00:00:00+00', '0099-03-01T00:00:00.000Z', '0099-03-01T00:00:00Z'],
    ['1 BC', '0001-02-29 00:00:00+00 BC', '0000-02-29T00:00:00.000Z', '0000-02-29T00:00:00Z'],
    ['44 BC', '0044-03-15 00:00:00.5+00 BC', '-000043-03-15T00:00:00.500Z', '-000043-03-15T00:00:00.5Z'],
    ['a year of five digits', '12345-01-01 00:00:00+00', '+012345-01-01T00:00:00.000Z', '+012345-01-01T00:00:00Z'],
    ["a Date's last moment", '275760-09-13 00:00:00+00', '+275760-09-13T00:00:00.000Z', '+275760-09-13T00:00:00Z'],
  ];
  test.each(CASES)('%s', (_, text, date, string) => {
    expect((decode(1184, text) as Date).toISOString()).toBe(date);
    expect(decode(1184, text, { instants: 'string' })).toBe(string);
  });

  test('what no Date can hold is an error, or stays as it is as a string', () => {
    for (const text of ['infinity', '-infinity', '275760-09-14 00:00:00+00', '294276-12-31 23:59:59+00']) {
      expect(() => decode(1184, text)).toThrow(SqlTextError);
      expect(decode(1184, text, { instants: 'string' })).toBe(text);
    }
  });

  test('another DateStyle than ISO is not guessed at', () => {
    expect(() => decode(1184, '01/02/2024 03:04:05 UTC')).toThrow(SqlTextError);
  });
});

describe('fractions of seconds', () => {
  test('are padded where the type has a scale', () => {
    expect(decode(1114, '2024-01-02 03:04:05', {}, 3)).toBe('2024-01-02 03:04:05.000');
    expect(decode(1114, '2024-01-02 03:04:05.1', {}, 3)).toBe('2024-01-02 03:04:05.100');
    expect(decode(1114, '0044-03-15 00:00:00.5 BC', {}, 6)).toBe('0044-03-15 00:00:00.500000 BC');
    expect(decode(1083, '03:04:05.12', {}, 6)).toBe('03:04:05.120000');
    expect(decode(1266, '03:04:05.1+05:30:15', {}, 2)).toBe('03:04:05.10+05:30:15');
    expect(decode(1184, '2024-01-02 03:04:05.1+05:30:15', { instants: 'string' }, 3)).toBe('2024-01-01T21:33:50.100Z');
    expect(decode(1115, '{"2024-01-02 03:04:05.1",infinity}', {}, 3)).toEqual(['2024-01-02 03:04:05.100', 'infinity']);
  });

  test('are as the server writes them elsewhere', () => {
    expect(decode(1114, '2024-01-02 03:04:05.1')).toBe('2024-01-02 03:04:05.1');
    expect(decode(1114, '2024-01-02 03:04:05', {}, 0)).toBe('2024-01-02 03:04:05');
    expect(decode(1114, 'infinity', {}, 3)).toBe('infinity');
    expect(decode(1700, '1.5', {}, 655366)).toBe('1.5');
  });
});

describe('arrays', () => {
  const CASES: readonly [name: string, type: number, text: string, value: unknown][] = [
    ['empty', 1007, '{}', []],
    ['integers', 1007, '{1,-2,NULL}', [1, -2, null]],
    ['booleans', 1000, '{t,f}', [true, false]],
    ['NULL and its name', 1009, '{NULL,"NULL",null,""}', [null, 'NULL', 'null', '']],
    ['quotes and backslashes', 1009, '{"a\\"b","c\\\\","{,}"," d ",e f}', ['a"b', 'c\\', '{,}', ' d ', 'e f']],
    ['newlines', 1009, '{"a\nb","\\\n"}', ['a\nb', '\n']],
    [
      'nested',
      1007,
      '{{1,2},{3,NULL}}',
      [
        [1, 2],
        [3, null],
      ],
    ],
    ['three dimensions', 1009, '{{{a}},{{"b"}}}', [[['a']], [['b']]]],
    ['explicit bounds', 1007, '[0:1]={1,2}', [1, 2]],
    ['explicit bounds of two dimensions', 1007, '[-1:0][2:2]={{1},{2}}', [[1], [2]]],
    ['boxes, which have commas', 1020, '{(1,1),(0,0);(3,3),(2,2)}', ['(1,1),(0,0)', '(3,3),(2,2)']],
    ['json', 199, '{"{\\"a\\": 1}","null"}', [{ a: 1 }, null]],
    ['bytea', 1001, '{"\\\\x00ff","\\\\x"}', [new Uint8Array([0, 255]), new Uint8Array()]],
    ['timestamptz', 1185, '{"2024-01-01 00:00:00+00"}', [new Date('2024-01-01')]],
    ['numeric', 1231, '{1.50,NaN}', ['1.50', 'NaN']],
    ['ranges', 3905, '{"[1,2)",empty}', ['[1,2)', 'empty']],
  ];
  test.each(CASES)('%s', (_, type, text, value) => {
    expect(decode(type, text)).toStrictEqual(value);
  });

  test('int8 elements as the option says', () => {
    expect(decode(1016, '{9223372036854775807}', { int64: 'bigint' })).toEqual([9223372036854775807n]);
    expect(decode(1016, '{9223372036854775807}', { int64: 'string' })).toEqual(['9223372036854775807']);
    expect(() => decode(1016, '{9223372036854775807}')).toThrow(SqlTextError);
  });

  test('what is no array is an error', () => {
    for (const text of ['', '{', '{1', '{1,', '{"a', '{"a\\', '{1}}', '{1}2', '{"a"b}', '1', '[0:1]']) {
      expect(() => decode(1009, text), text).toThrow(SqlTextError);
    }
  });
});

test('type names are those of the server', () => {
  expect([20, 1009, 1184, 3802, 18, 271].map(postgresTypeName)).toEqual([
    'int8',
    '_text',
    'timestamptz',
    'jsonb',
    'char',
    '_xid8',
  ]);
  expect(postgresTypeName(16385)).toBe('oid:16385');
});
