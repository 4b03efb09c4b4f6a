import { type Dialect, planOf } from '@sqlport/dialect';
import { min } from 'simple-statistics';
import type { Bench, Case, Figure } from '../case.ts';

const MEBIBYTE = 1024 * 1024;
const MOST_MS = 100;
/** Quadratic time would be 4. */
const MOST_GROWTH = 3;

/** Texts that a scanner with an eye on the rest of the text would read again and again. */
const HOSTILE: Readonly<Record<string, string>> = {
  'opening parentheses': '(',
  'opening brackets': 'array[',
  'open comments': '/*',
  'version comments': '/*!50000 ',
  'lone stars and slashes': '*/',
  quotes: "'",
  'quotes with backslashes': "'\\'",
  'escape strings that go on': "E'\\'\n",
  'double quotes': '"',
  backticks: '`',
  'dollar tags that differ': '$a$b',
  dollars: '$',
  dashes: '-',
  'line comments': '--\n',
  placeholders: '?,',
  'numbered placeholders': '$1,',
  'named placeholders': ':a,',
  colons: ':',
  'short words': 'a ',
  'one long word': 'a',
  'one long number': '1',
  statements: 'a;',
  'bodies of routines': 'create procedure p() begin if a then case ',
  beginnings: 'select ',
};

const repeated = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

interface Reading {
  readonly name: string;
  /** Of 1 MiB, in milliseconds. */
  readonly whole: number;
  /** How much longer than half of it. */
  readonly growth: number;
}

/** The best of several: nothing but the text itself makes all of them slower. Texts of this length are not cached. */
function read(name: string, piece: string, dialect: Dialect, times: number): Reading {
  const taken = (text: string) => {
    const startedAt = performance.now();
    planOf(text, dialect);
    return performance.now() - startedAt;
  };
  const [half, whole] = [repeated(piece, MEBIBYTE / 2), repeated(piece, MEBIBYTE)];
  const pairs = Array.from({ length: times }, () => [taken(half), taken(whole)] as const);
  const bestHalf = min(pairs.map(([time]) => time));
  const bestWhole = min(pairs.map(([, time]) => time));
  // Below a few milliseconds the clock and the compiler decide.
  return { name, whole: bestWhole, growth: Math.max(bestWhole, 5) / Math.max(bestHalf, 2.5) };
}

export const lexer: Case = {
  name: 'lexer',
  title: 'Reading 1 MiB of hostile SQL',
  goal: `< ${MOST_MS} ms, linear growth`,
  async measure({ effort }: Bench) {
    const figures: Figure[] = [];
    for (const dialect of ['postgres', 'mysql'] as const) {
      const measured = Object.entries(HOSTILE).map(([name, piece]) => read(name, piece, dialect, effort.leastRounds));
      const slowest = measured.reduce((a, b) => (a.whole > b.whole ? a : b));
      const steepest = measured.reduce((a, b) => (a.growth > b.growth ? a : b));
      figures.push({
        subject: `${dialect === 'postgres' ? 'PostgreSQL' : 'MySQL'}, ${measured.length} texts`,
        value:
          `slowest: ${slowest.name}, ${slowest.whole < MOST_MS ? 'under' : 'over'} ${MOST_MS} ms; ` +
          `steepest from ½ MiB to 1 MiB: ${steepest.name}, × ${steepest.growth.toFixed(2)}`,
        reached: slowest.whole < MOST_MS && steepest.growth < MOST_GROWTH,
      });
    }
    return { figures };
  },
};
