import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dialect, foldInsert, planOf, SqlTextError, withoutLiterals } from '../src/index.ts';
import { lex } from '../src/lexer.ts';

const DIALECTS: readonly Dialect[] = ['postgres', 'mysql'];

/** Texts that look innocent to write and are costly to read twice. */
const HOSTILE: readonly [name: string, piece: string, prefix?: string][] = [
  ['quotes', "'"],
  ['strings', "'a' "],
  ['backslashes', '\\', "'"],
  ['comments that are not closed', '/*'],
  ['version comments', '/*!'],
  ['closed comments', '/**/'],
  ['dashes', '--'],
  ['dollar quotes', '$a$b$c'],
  ['dollar tags', '$tag '],
  ['parameters', '$1 '],
  ['question marks', '?'],
  ['brackets', '['],
  ['parentheses', '('],
  ['closing ones', '(])['],
  ['colons', ':'],
  ['names', ':a '],
  ['one long identifier', 'a'],
  ['short identifiers', 'a '],
  ['characters beyond the BMP', '😀'],
  ['semicolons', ';'],
  ['statements', 'a;'],
  ['E strings', "E'' "],
  ['continued strings', "''\n", 'E'],
  ['continued strings with comments', "''--\n", 'E'],
  ['cases', 'case ', 'create procedure p '],
  ['blocks', 'begin ', 'create procedure p '],
  ['arrays', 'array['],
  ['values', 'values ('],
];

describe('hostile texts', () => {
  test('are read to the end, whatever they hold, and never throw but for NUL', () => {
    const unicode = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...HOSTILE.map(([, piece]) => piece)),
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.constantFrom('\ud800', '\udc00', '\\', '"', '`', '\r', '#', "'"),
      ),
    });
    fc.assert(
      fc.property(unicode, fc.constantFrom(...DIALECTS), (text, dialect) => {
        let last = 0;
        lex(text, dialect, (_, start, end) => {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(last, start)).toMatch(/^[\0-\x20]*$/);
          last = end;
          return false;
        });
        expect(last).toBeLessThanOrEqual(text.length);
        expect(text.slice(last)).toMatch(/^[\0-\x20]*$/);
        withoutLiterals(text, dialect);
        if (text.includes('\0')) expect(() => planOf(text, dialect)).toThrow(SqlTextError);
        else foldInsert(text, dialect);
      }),
      { numRuns: 2_000 },
    );
  });

  /** The best of several runs, in ms: what other processes do can only add to it. */
  function best(run: () => void): number {
    let shortest = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 3; n++) {
      const begin = performance.now();
      run();
      shortest = Math.min(shortest, performance.now() - begin);
    }
    return shortest;
  }

  test.each(HOSTILE)('take time in proportion to their length: %s', (_, piece, prefix = '') => {
    for (const dialect of DIALECTS) {
      const text = (length: number) => prefix + piece.repeat(length / piece.length);
      const [short, long] = [text(1 << 15), text(1 << 18)];
      const once = best(() => planOf(short, dialect));
      const eightTimes = best(() => planOf(long, dialect));
      // Quadratic time would be 64 times as long. Below 10 ms other processes and the compiler decide.
      expect(eightTimes, dialect).toBeLessThan(32 * Math.max(once, 10));
    }
  });
});
