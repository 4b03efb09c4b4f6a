import { describe, expect, test } from 'vitest';
import { same } from '../src/same.ts';

describe('same', () => {
  test.each([
    [Number.NaN, Number.NaN],
    [-0, -0],
    [new Date(5), new Date(5)],
    [Uint8Array.of(1, 2), Buffer.from([1, 2])],
    [
      [1, [null]],
      [1, [null]],
    ],
    [
      { b: 1, a: [1n] },
      { a: [1n], b: 1 },
    ],
    [JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  ])('%o and %o are the same', (a, b) => expect(same(a, b)).toBe(true));

  test.each([
    [1, 1n],
    [1, '1'],
    [0, -0],
    [null, undefined],
    [{}, { a: undefined }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [[1], [1, undefined]],
    [[], {}],
    [new Date(5), new Date(6)],
    [new Date(5), 5],
    [Uint8Array.of(1), Uint8Array.of(2)],
    [Uint8Array.of(1), [1]],
    [JSON.parse('{"__proto__": 1}'), {}],
  ])('%o and %o are not', (a, b) => {
    expect(same(a, b)).toBe(false);
    expect(same(b, a)).toBe(false);
  });
});
