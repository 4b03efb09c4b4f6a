import { expect, test } from 'vitest';
import { bind, JsonParam, json, SqlTextError } from '../src/index.ts';

test('a value is written when it is wrapped', () => {
  const value = { a: 1 };
  const param = json(value);
  value.a = 2;
  expect(param).toBeInstanceOf(JsonParam);
  expect(param.text).toBe('{"a":1}');
  expect(json(null).text).toBe('null');
  expect(json('a').text).toBe('"a"');
});

test('what JSON has no form for is refused, without being quoted', () => {
  const cyclic: Record<string, unknown> = { canary: 1 };
  cyclic['self'] = cyclic;
  const hostile = {
    toJSON() {
      throw new Error('canary');
    },
  };
  for (const value of [undefined, cyclic, 5n, { canary: 5n }, () => 'canary', Symbol('canary'), hostile]) {
    expect(() => json(value)).toThrow(SqlTextError);
    expect(() => json(value)).not.toThrow(/canary/);
  }
});

test('U+0000 is refused on PostgreSQL, which cannot store it, and nothing that only looks like it', () => {
  expect(() => bind('select $1', [json('a\0')], 'postgres')).toThrow(SqlTextError);
  expect(() => bind('select $1', [json({ '\0': 1 })], 'postgres')).toThrow(SqlTextError);
  expect(() => bind('select $1', [json('\\\0')], 'postgres')).toThrow(SqlTextError);
  expect(bind('select $1', [json('\\u0000')], 'postgres').params).toHaveLength(1);
  expect(bind('select ?', [json('a\0')], 'mysql').params).toHaveLength(1);
});
