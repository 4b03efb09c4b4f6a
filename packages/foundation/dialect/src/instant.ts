import { SqlTextError } from './sql-text-error.ts';
import type { ValueOptions } from './value.ts';

/** PostgreSQL's ISO DateStyle, any offset (old ones have seconds), and MySQL's TIMESTAMP, which has none: UTC. */
const INSTANT = /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

/** What nearly every instant looks like: a year of four digits, UTC. Its digits stand in fixed places. */
const USUAL = /^[1-9]\d{3}-(?!00)\d\d-(?!00)\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?:\+00)?$/;

/**
 * Reads an instant, as a Date (milliseconds; the rest is cut) or as ISO 8601 with `Z` and all its digits.
 *
 * What no Date can hold (`infinity`, MySQL's zero date, years after 275760) throws `DATA` under `date`, and stays as the
 * server wrote it under `string`.
 */
export function decodeInstant(text: string, option: ValueOptions['instants']): Date | string {
  if (option === 'date' && USUAL.test(text)) return new Date(usualEpoch(text));
  const match = INSTANT.exec(text);
  const milliseconds = match ? epoch(match) : Number.NaN;
  if (Number.isNaN(milliseconds)) {
    if (option === 'string') return text;
    throw new SqlTextError('DATA', "No Date can hold this timestamp; choose instants: 'string' to read it.");
  }
  const fraction = match![7] ?? '';
  if (option === 'date') return new Date(milliseconds + Number(`${fraction}000`.slice(1, 4)));
  return `${new Date(milliseconds).toISOString().slice(0, -5)}${fraction}Z`;
}

/** Milliseconds since 1970 of an instant in the usual form; a quarter of the time that the general way takes. */
function usualEpoch(text: string): number {
  let milliseconds = 0;
  if (text[19] === '.') {
    for (let index = 20, unit = 100; unit >= 1 && isDigit(text, index); index++, unit /= 10) {
      milliseconds += unit * digits(text, index, index + 1);
    }
  }
  return Date.UTC(
    digits(text, 0, 4),
    digits(text, 5, 7) - 1,
    digits(text, 8, 10),
    digits(text, 11, 13),
    digits(text, 14, 16),
    digits(text, 17, 19),
    milliseconds,
  );
}

/** The number that the digits from `start` to `end` make. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let index = start; index < end; index++) number = number * 10 + text.charCodeAt(index) - 48;
  return number;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}

/** Milliseconds since 1970, without the fraction; NaN where no Date reaches. */
function epoch(match: RegExpExecArray): number {
  const field = (group: number): number => Number(match[group] ?? 0);
  if (field(2) === 0 || field(3) === 0) return Number.NaN;
  const year = match[12] ? 1 - field(1) : field(1);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  const midnight = new Date(0).setUTCFullYear(year, field(2) - 1, field(3));
  const offset = field(9) * 3600 + field(10) * 60 + field(11);
  const seconds = field(4) * 3600 + field(5) * 60 + field(6) - (match[8] === '-' ? -offset : offset);
  return new Date(midnight + seconds * 1000).getTime();
}

/**
 * The fraction of the seconds padded with zeros to `scale` digits, wherever in the text the time of day is. PostgreSQL
 * cuts trailing zeros; a text without a time (`infinity`) stays as it is.
 */
export function padFraction(text: string, scale: number): string {
  // Nothing to do, most often: MySQL's own wire never cuts.
  if (scale <= 0 || text.charAt(text.length - scale - 1) === '.') return text;
  return text.replace(
    /(:\d\d:\d\d)(\.\d+)?/,
    (_, time: string, fraction = '.') => time + fraction.padEnd(scale + 1, '0'),
  );
}
