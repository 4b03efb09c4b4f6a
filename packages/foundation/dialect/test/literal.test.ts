import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Dialect,
  interpolate,
  json,
  mysqlLiteral,
  planOf,
  postgresDecoder,
  postgresLiteral,
  postgresText,
  SqlTextError,
  type SqlValue,
} from '../src/index.ts';

describe('a PostgreSQL parameter as text', () => {
  const CASES: readonly [name: string, value: SqlValue, text: string | null][] = [
    ['null', null, null],
    ['booleans', false, 'false'],
    ['a number', 1.5, '1.5'],
    ['negative zero', -0, '-0'],
    ['numbers with an exponent', 5e-324, '5e-324'],
    ['infinities', -Infinity, '-Infinity'],
    ['not a number', Number.NaN, 'NaN'],
    ['a bigint', -9223372036854775808n, '-9223372036854775808'],
    ['a string', "a'b\\", "a'b\\"],
    ['a Date', new Date(1), '1970-01-01T00:00:00.001Z'],
    ['a Date of five digits', new Date(Date.UTC(12345, 0)), '12345-01-01T00:00:00.000Z'],
    ['a Date in the last year', new Date(8.64e15), '275760-09-13T00:00:00.000Z'],
    ['a Date in 1 BC', new Date('0000-01-01T12:00:00Z'), '0001-01-01T12:00:00.000Z BC'],
    ['a Date in 44 BC', new Date('-000043-03-15T00:00:00Z'), '0044-03-15T00:00:00.000Z BC'],
    ['bytes', new Uint8Array([0, 15, 255]), '\\x000fff'],
    ['no bytes', new Uint8Array(), '\\x'],
    ['JSON', json({ a: ["'", null] }), '{"a":["\'",null]}'],
    ['an empty array', [], '{}'],
    ['NULL and its name', [null, 'NULL', ''], '{NULL,"NULL",""}'],
    ['an array with quotes', ['a"b', 'c\\', '{},'], '{"a\\"b","c\\\\","{},"}'],
    [
      'nested arrays',
      [
        [1, 2n],
        [true, null],
      ],
      '{{"1","2"},{"true",NULL}}',
    ],
    ['bytes in an array', [new Uint8Array([1])], '{"\\\\x01"}'],
    ['JSON in an array', [json('a')], '{"\\"a\\""}'],
  ];
  test.each(CASES)('%s', (_, value, text) => {
    expect(postgresText(value)).toBe(text);
  });

  test('an array of strings reads back the same', () => {
    const element = fc.option(fc.string({ unit: 'binary' }));
    const decode = postgresDecoder(1009, { int64: 'number', instants: 'date', json: 'parsed' })!;
    fc.assert(
      fc.property(
        fc.oneof(fc.array(element), fc.array(fc.array(element, { minLength: 1 }), { minLength: 1 })),
        (array) => {
          expect(decode(postgresText(array)!)).toEqual(array);
        },
      ),
    );
  });
});

describe('a PostgreSQL literal', () => {
  const CASES: readonly [name: string, value: SqlValue, literal: string][] = [
    ['null', null, 'NULL'],
    ['a number', 5, "'5'"],
    ['a boolean', true, "'true'"],
    ['quotes are doubled', "it's ''", "'it''s '''''"],
    ['backslashes are doubled in an E string', "\\'", "E'\\\\'''"],
    ['bytes', new Uint8Array([1]), "E'\\\\x01'"],
    ['an array', ['a"b'], 'E\'{"a\\\\"b"}\''],
  ];
  test.each(CASES)('%s', (_, value, literal) => {
    expect(postgresLiteral(value)).toBe(literal);
  });
});

describe('a MySQL literal', () => {
  const CASES: readonly [name: string, value: SqlValue, literal: string][] = [
    ['null', null, 'NULL'],
    ['true', true, 'TRUE'],
    ['false', false, 'FALSE'],
    ['an integer', 5, '5'],
    ['a negative number', -1.5, '(-1.5)'],
    ['zero', 0, '0'],
    ['negative zero', -0, '(-0e0)'],
    ['a large number', 1e21, '1e+21'],
    ['the smallest number', 5e-324, '5e-324'],
    ['a bigint', 18446744073709551615n, '18446744073709551615'],
    ['a negative bigint', -1n, '(-1)'],
    ['a string', 'abc %_', "'abc %_'"],
    ['quotes are doubled', `it's "b"`, `'it''s "b"'`],
    ['a backslash is in hexadecimal', 'a\\', "_utf8mb4 x'615c'"],
    ['a NUL character', '\0', "_utf8mb4 x'00'"],
    ['a newline', '\n', "_utf8mb4 x'0a'"],
    ['the end of a comment', '*/', "_utf8mb4 x'2a2f'"],
    ['the beginning of a comment', '/*', "_utf8mb4 x'2f2a'"],
    ['other comments are harmless in quotes', '-- # ', "'-- # '"],
    ['characters beyond ASCII', 'é😀', "'é😀'"],
    ['bytes', new Uint8Array([0, 255]), "_binary x'00ff'"],
    ['no bytes', new Uint8Array(), "_binary x''"],
    ['a Date', new Date(1), "'1970-01-01 00:00:00.001'"],
    ['a Date of an early year', new Date('0999-01-01'), "'0999-01-01 00:00:00.000'"],
    ['JSON', json({ a: 1 }), '\'{"a":1}\''],
    ['JSON with a backslash', json('\n'), "_utf8mb4 x'225c6e22'"],
  ];
  test.each(CASES)('%s', (_, value, literal) => {
    expect(mysqlLiteral(value)).toBe(literal);
  });

  test('is ASCII where the wire asks for it', () => {
    expect(mysqlLiteral('é😀', { asciiOnly: true })).toBe("_utf8mb4 x'c3a9f09f9880'");
    expect(mysqlLiteral("it's", { asciiOnly: true })).toBe("'it''s'");
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(mysqlLiteral(text, { asciiOnly: true })).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  test('does not exist for arrays, NaN and invalid Dates', () => {
    for (const value of [[1], Number.NaN, Infinity, new Date(Number.NaN), new Date(8.64e15), undefined]) {
      expect(() => mysqlLiteral(value as SqlValue)).toThrow(SqlTextError);
    }
  });
});

describe('interpolation', () => {
  test('puts literals at the placeholders', () => {
    expect(interpolate({ text: "select $2, '$1', $1::int", params: [5, "a'"] }, 'postgres')).toBe(
      "select 'a''', '$1', '5'::int",
    );
    expect(interpolate({ text: "select ?, '?', 5-?", params: ['a', -1] }, 'mysql')).toBe("select 'a', '?', 5-(-1)");
    expect(interpolate({ text: 'select ?', params: ['é'] }, 'mysql', { asciiOnly: true })).toBe(
      "select _utf8mb4 x'c3a9'",
    );
  });

  test('never lets a literal grow together with its neighbours', () => {
    expect(interpolate({ text: "select 'a'?'b'", params: ["'"] }, 'mysql')).toBe("select 'a' '''' 'b'");
    expect(interpolate({ text: 'select a&$1, 1+$2', params: ['\\', 2] }, 'postgres')).toBe("select a& E'\\\\', 1+'2'");
    expect(interpolate({ text: 'select 5--?, 1.?', params: [1, 2] }, 'mysql')).toBe('select 5--1, 1. 2');
    expect(interpolate({ text: 'select N?', params: ['a'] }, 'mysql')).toBe("select N 'a'");
  });

  test('does not read placeholders in a parameter', () => {
    expect(interpolate({ text: 'select ?, ?', params: ['?', '?'] }, 'mysql')).toBe("select '?', '?'");
    expect(interpolate({ text: 'select $1, $2', params: ['$2', '$1'] }, 'postgres')).toBe("select '$2', '$1'");
  });

  test('refuses a missing parameter', () => {
    expect(() => interpolate({ text: 'select ?, ?', params: [1] }, 'mysql')).toThrow('Parameter 2 is missing.');
  });

  test('changes nothing outside of the placeholders', () => {
    const part = fc.constantFrom(
      "'?'",
      '"$1"',
      '$1',
      '?',
      ' ',
      ',',
      '/* ? */',
      '-- $1\n',
      'a',
      '=',
      '(',
      "'",
      ':b',
      '$$',
      '\\',
    );
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('')),
        fc.constantFrom<Dialect>('postgres', 'mysql'),
        (text, dialect) => {
          const { positional } = planOf(text, dialect);
          const marker = '\u{1f4cd}';
          const result = interpolate({ text, params: positional.map(() => marker) }, dialect);
          let from = 0;
          const outside = positional.map(({ start, end }) => {
            const piece = text.slice(from, start);
            from = end;
            return piece;
          });
          const pieces = result.split(new RegExp(` ?'${marker}' ?`));
          const expected = [...outside, text.slice(from)];
          expect(pieces.map((piece) => piece.trim())).toEqual(expected.map((piece) => piece.trim()));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
