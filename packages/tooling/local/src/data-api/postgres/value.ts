import { ServiceError } from '../errors.ts';
import { type ArrayMember, ArrayOf, Decimal, type Value } from '../value.ts';
import { parseArray } from './array.ts';
import type { Reading } from './types.ts';

/** Reads a value from the server's text. Throws what the service answers when no answer can hold it. */
export function readPostgresValue(text: string, reading: Reading, isArray: boolean): Value {
  return isArray ? readArray(text, reading) : readScalar(text, reading);
}

function readScalar(text: string, reading: Reading): Exclude<Value, ArrayOf | null> {
  switch (reading) {
    case 'boolean':
      return text === 't';
    case 'long':
      return BigInt(text);
    case 'double':
      return Number(text);
    case 'decimal':
      return new Decimal(text);
    case 'bytes':
      return readBytea(text);
    case 'date':
      return finite(text);
    case 'instant':
      return toUtc(finite(text));
    default:
      return text;
  }
}

const members: Partial<Record<Reading, ArrayMember>> = {
  boolean: 'booleanValues',
  long: 'longValues',
  double: 'doubleValues',
};

function readArray(text: string, reading: Reading): ArrayOf {
  const items = parseArray(text);
  if (!items) throw new ServiceError('UnsupportedResultException', 'The result contains a multidimensional array');
  const member = members[reading] ?? 'stringValues';
  return new ArrayOf(
    member,
    items.map((item) => {
      if (item === null) return null;
      if (reading === 'decimal' || reading === 'bytes') return item;
      return readScalar(item, reading) as boolean | bigint | number | string;
    }),
  );
}

/** The service breaks at an infinite date, without a word. */
function finite(text: string): string {
  if (text === 'infinity' || text === '-infinity') throw new ServiceError('InternalFailure');
  return text;
}

/** `2024-01-15 12:34:56.5+09` as `2024-01-15 03:34:56.5`: the instant in UTC, with its zone lost. */
function toUtc(text: string): string {
  const match = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/.exec(
    text,
  );
  if (!match) return text;
  const [, year, month, day, hour, minute, second, fraction = '', sign, ...rest] = match;
  const [zoneHours, zoneMinutes = 0, zoneSeconds = 0] = rest.slice(0, 3).map((part) => Number(part ?? 0));
  const offset = (sign === '+' ? 1 : -1) * (zoneHours! * 3600 + zoneMinutes * 60 + zoneSeconds);
  const era = rest[3] ?? '';
  const date = new Date(0);
  // The year 1 BC is the year 0.
  date.setUTCFullYear(era ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second) - offset);
  const moved = date.getUTCFullYear();
  const shownYear = String(moved > 0 ? moved : 1 - moved).padStart(4, '0');
  const [, rest2] = /^[+-]?\d+-(\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(date.toISOString())!;
  return `${shownYear}-${rest2!.replace('T', ' ')}${fraction}${moved > 0 ? '' : ' BC'}`;
}

/** Both of the server's forms: `\x0aff`, and the older one with octal escapes. */
function readBytea(text: string): Uint8Array {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const bytes = text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === '\\' ? '\\' : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return Buffer.from(bytes, 'latin1');
}
