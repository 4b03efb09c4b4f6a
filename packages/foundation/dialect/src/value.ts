import type { Dialect } from './dialect.ts';
import { SqlTextError } from './sql-text-error.ts';

/** What may be a parameter. Arrays are PostgreSQL's; JSON is wrapped by {@link json}. */
export type SqlValue = null | boolean | number | bigint | string | Date | Uint8Array | readonly SqlValue[] | JsonParam;

/** A JSON document as a parameter; made by {@link json}. */
export class JsonParam {
  /** The document as `JSON.stringify` wrote it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Wraps a value as a JSON parameter. It is written once, here; `DATA` where JSON has no form for it (undefined, cycles, bigint). */
export function json(value: unknown): JsonParam {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // The reason may quote the value (a custom toJSON), so it is not repeated.
  }
  if (text === undefined) throw new SqlTextError('DATA', 'sql.json: JSON has no form for this value.');
  return new JsonParam(text);
}

/** How values come out of the decoders. */
export interface ValueOptions {
  /** 64-bit integers. `number` throws `DATA` for one that is not a safe integer. */
  readonly int64: 'number' | 'bigint' | 'string';
  /** timestamptz and MySQL's TIMESTAMP. `string` is ISO 8601 with `Z` and keeps microseconds. */
  readonly instants: 'date' | 'string';
  /** JSON columns: the parsed value, or the text (which keeps numbers beyond 2^53). */
  readonly json: 'parsed' | 'text';
}

/** PostgreSQL's own limit; a cyclic array runs into it as well. */
const MAX_ARRAY_DEPTH = 6;

/** U+0000 as JSON writes it, unless its backslash is itself escaped. PostgreSQL's jsonb cannot hold it. */
const JSON_NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/**
 * Throws `DATA` for what cannot be sent unchanged. `where` names the place in the message: `parameter 2`.
 */
export function checkValue(value: unknown, dialect: Dialect, where: string): asserts value is SqlValue {
  check(value, dialect === 'mysql', where, 0);
}

function check(value: unknown, mysql: boolean, where: string, depth: number): void {
  const problem = problemOf(value, mysql, depth);
  if (problem) throw new SqlTextError('DATA', `The value of ${where} ${problem}.`);
  if (Array.isArray(value)) for (const element of value) check(element, mysql, where, depth + 1);
}

function problemOf(value: unknown, mysql: boolean, depth: number): string | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return undefined;
    case 'number':
      return mysql && !Number.isFinite(value) ? 'is not a finite number, and MySQL has no others' : undefined;
    case 'string':
      return problemOfText(value, mysql);
    case 'undefined':
      return 'is undefined; use null for NULL';
    case 'object':
      return value === null ? undefined : problemOfObject(value, mysql, depth);
    default:
      return `is a ${typeof value}`;
  }
}

function problemOfText(text: string, mysql: boolean): string | undefined {
  if (!text.isWellFormed()) return 'holds a lone surrogate, which is no character';
  return !mysql && text.includes('\0') ? 'holds a NUL character, which PostgreSQL cannot store' : undefined;
}

function problemOfObject(value: object, mysql: boolean, depth: number): string | undefined {
  if (value instanceof Uint8Array) return undefined;
  if (value instanceof Date) {
    const year = value.getUTCFullYear();
    if (Number.isNaN(year)) return 'is an invalid Date';
    return mysql && (year < 0 || year > 9999) ? "is a Date outside of MySQL's years 0 to 9999" : undefined;
  }
  if (value instanceof JsonParam) {
    return !mysql && JSON_NUL.test(value.text) ? 'is JSON with \\u0000, which PostgreSQL cannot store' : undefined;
  }
  if (Array.isArray(value)) {
    if (mysql) return 'is an array, which MySQL has no type for: use sql.in or sql.list';
    return depth < MAX_ARRAY_DEPTH ? undefined : `is an array nested more than ${MAX_ARRAY_DEPTH} deep`;
  }
  return 'is an object; wrap it in sql.json to send it as JSON';
}
