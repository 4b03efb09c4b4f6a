import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dialect, withoutLiterals } from '../src/index.ts';

const CASES: readonly [name: string, dialect: Dialect, text: string, expected: string][] = [
  ['strings and numbers', 'postgres', "select 'a''b', 42, 1.5e3, -7, 0xFF", 'select ?, ?, ?, -?, ?'],
  ['strings of all kinds', 'postgres', "select E'\\'a', U&'b', X'1F', $t$c$t$, $$d$$", 'select ?, U&?, X?, ?, ?'],
  [
    'identifiers and placeholders stay',
    'postgres',
    'select "a b", t1.c2, $1, :name, x::int',
    'select "a b", t1.c2, $1, :name, x::int',
  ],
  ['comments go, white space is folded', 'postgres', ' select/* secret */1 -- secret\n\t+ 2 ', 'select ? + ?'],
  [
    'strings and numbers',
    'mysql',
    `select 'a\\'b', "c\\"d", _utf8mb4 x'00', b'1', 0x1F`,
    'select ?, ?, _utf8mb4 x?, b?, ?',
  ],
  ['identifiers and placeholders stay', 'mysql', 'select `a``b`, ?, :name, @v', 'select `a``b`, ?, :name, @v'],
  ['comments go', 'mysql', 'select 1, # secret\n2 -- secret\n /* secret */', 'select ?, ?'],
  [
    'the code in version comments stays',
    'mysql',
    "select /*!80000 straight_join 'secret' */ a",
    'select straight_join ? a',
  ],
  ['a star and a slash outside of one stay', 'mysql', 'select /*! 1 */ a */ b', 'select ? a */ b'],
  ['a string that is not closed', 'postgres', "select a, 'secret", 'select a, ?'],
  ['a string that is not closed', 'mysql', 'select a, "secret', 'select a, ?'],
  ['a dollar quote that is not closed', 'postgres', 'select a, $x$ secret', 'select a, ?'],
  ['a comment that is not closed', 'mysql', 'select a /* secret', 'select a'],
];

describe('a text without literals', () => {
  test.each(CASES)('%s (%s)', (_, dialect, text, expected) => {
    expect(withoutLiterals(text, dialect)).toBe(expected);
  });

  test('is no longer than 2,000 characters', () => {
    const result = withoutLiterals(`select ${'a, '.repeat(10_000)}b`, 'mysql');
    expect(result).toHaveLength(2_000);
    expect(result.endsWith('…')).toBe(true);
    expect(withoutLiterals(`select ${'a'.repeat(10_000)}`, 'postgres')).toHaveLength(2_000);
    expect(withoutLiterals(`select '${'a'.repeat(10_000)}'`, 'postgres')).toBe('select ?');
  });

  test('never holds what was in quotes or comments', () => {
    const secret = fc.constantFrom(
      "'SECRET'",
      "E'\\'SECRET'",
      '$a$SECRET$a$',
      '/* SECRET */',
      '-- SECRET\n',
      "'SECRET",
    );
    const other = fc.constantFrom(' ', ',', 'select', '1', '(', ')', '"b"', '::', ';', '\n', "''", '[');
    fc.assert(
      fc.property(fc.array(fc.oneof(secret, other)), (parts) => {
        // An open quote turns what follows inside out, so it comes last.
        const [open, closed] = [parts.filter((part) => part === "'SECRET"), parts.filter((part) => part !== "'SECRET")];
        expect(withoutLiterals(`${closed.join(' ')} ${open[0] ?? ''}`, 'postgres')).not.toContain('SECRET');
      }),
    );
  });
});
