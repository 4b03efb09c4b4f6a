import type { SqlValue } from '@sqlport/core';
import type { Dialect } from '@sqlport/core/spi';
import { postgresText } from '@sqlport/dialect';

/** Newer than TypeScript's description of JSON: a number that is written as it stands. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** A value as the text that SQL would take for it; null stays null. */
export function textOf(value: unknown, dialect: Dialect): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return bytesText(value, dialect);
  if (Array.isArray(value)) return postgresText(value as SqlValue);
  return typeof value === 'object' ? JSON.stringify(jsonOf(value, dialect)) : String(value);
}

/**
 * A value for JSON, with nothing lost: integers beyond 2^53 are written in full, NaN and the infinities as text, bytes
 * as in {@link textOf}. `type` of the column: a JSON column's text is taken apart.
 */
export function jsonOf(value: unknown, dialect: Dialect, type?: string): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value));
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return bytesText(value, dialect);
  if (Array.isArray(value)) return value.map((each) => jsonOf(each, dialect, type));
  if (typeof value === 'string' && type !== undefined && /^_?jsonb?$/.test(type)) return JSON.parse(value, exact);
  return value;
}

/** Numbers that JavaScript would write in another way stay as they are. */
function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? rawJSON(context.source)
    : value;
}

function bytesText(bytes: Uint8Array, dialect: Dialect): string {
  return `${dialect === 'postgres' ? '\\x' : '0x'}${Buffer.from(bytes).toString('hex')}`;
}
