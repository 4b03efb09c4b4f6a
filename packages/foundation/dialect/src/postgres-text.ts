import { hex } from './hex.ts';
import { JsonParam, type SqlValue } from './value.ts';

/**
 * A parameter as PostgreSQL reads it from a text of unknown type; null is NULL. The same on every wire: as an
 * unknown-typed parameter of the extended protocol, or in quotes as a literal.
 *
 * Instants are ISO 8601 in UTC, bytes `\x…`, arrays array literals, and numbers what JavaScript prints, which reads
 * back to the same double.
 */
export function postgresText(value: SqlValue): string | null {
  if (value === null) return null;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof JsonParam) return value.text;
  if (value instanceof Date) return instantText(value);
  if (value instanceof Uint8Array) return `\\x${hex(value)}`;
  return `{${value.map(elementText).join()}}`;
}

/** ISO 8601, with PostgreSQL's notation for years that need more than four digits or lie before 1 AD. */
function instantText(date: Date): string {
  const iso = date.toISOString();
  if (iso.length === 24) return iso.startsWith('0000') ? `0001${iso.slice(4)} BC` : iso;
  const year = Number(iso.slice(0, 7));
  const rest = iso.slice(7);
  // The astronomical year 0 is 1 BC.
  return year < 0 ? `${String(1 - year).padStart(4, '0')}${rest} BC` : `${year}${rest}`;
}

function elementText(element: SqlValue): string {
  const text = postgresText(element);
  if (text === null) return 'NULL';
  if (Array.isArray(element)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
