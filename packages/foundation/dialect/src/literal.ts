import type { Dialect } from './dialect.ts';
import { hex } from './hex.ts';
import { planOf } from './plan.ts';
import { postgresText } from './postgres-text.ts';
import { replacePlaceholders } from './replace-placeholders.ts';
import { SqlTextError } from './sql-text-error.ts';
import type { Statement } from './statement.ts';
import { JsonParam, type SqlValue } from './value.ts';

/** What a wire does to the text on its way to the server. */
export interface LiteralWire {
  /**
   * True where the server's character set for statements is not ours to set: then the text holds no character beyond
   * ASCII in its literals. MySQL only. Default false.
   */
  readonly asciiOnly?: boolean | undefined;
}

/**
 * A value as a PostgreSQL literal of unknown type, so that the server infers its type from the context as it does for a
 * parameter. Reads the same whatever `standard_conforming_strings` is.
 */
export function postgresLiteral(value: SqlValue): string {
  const text = postgresText(value);
  if (text === null) return 'NULL';
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/**
 * What may stand between quotes on MySQL under every sql_mode: no backslash (NO_BACKSLASH_ESCAPES), no control
 * character, and nothing that would end or open a comment, should the literal stand in a version comment that the
 * server skips.
 */
const NEEDS_HEX = /[\0-\x1f\x7f\\]|\*\/|\/\*/;
const NEEDS_HEX_ASCII = /[^\x20-\x7e]|\\|\*\/|\/\*/;

/**
 * A value as a MySQL literal that reads the same under every sql_mode, and with `asciiOnly` under every character set.
 *
 * Strings are `'…'`, or `_utf8mb4 x'…'` where quotes are not enough; bytes `_binary x'…'`; dates UTC in milliseconds;
 * negative numbers stand in parentheses, so that `5-?` is no comment. The value has passed `checkValue`; `DATA` for a type
 * that MySQL has no literal for.
 */
export function mysqlLiteral(value: SqlValue, wire?: LiteralWire): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    case 'number':
      if (!Number.isFinite(value)) break;
      // An integer literal has no negative zero; a double has.
      if (Object.is(value, -0)) return '(-0e0)';
      return value < 0 ? `(${value})` : String(value);
    case 'bigint':
      return value < 0n ? `(${value})` : String(value);
    case 'string':
      return stringLiteral(value, wire);
    case 'object':
      if (value === null) return 'NULL';
      if (value instanceof JsonParam) return stringLiteral(value.text, wire);
      if (value instanceof Uint8Array) return `_binary x'${hex(value)}'`;
      if (value instanceof Date && !Number.isNaN(value.getTime())) {
        const iso = value.toISOString();
        // Longer for a year beyond four digits.
        if (iso.length === 24) return `'${iso.slice(0, 10)} ${iso.slice(11, 23)}'`;
      }
  }
  throw new SqlTextError('DATA', 'MySQL has no literal for this value.');
}

function stringLiteral(text: string, wire: LiteralWire | undefined): string {
  if ((wire?.asciiOnly ? NEEDS_HEX_ASCII : NEEDS_HEX).test(text)) {
    return `_utf8mb4 x'${hex(new TextEncoder().encode(text))}'`;
  }
  return `'${text.replaceAll("'", "''")}'`;
}

/** What a literal might become one token with: a word, a number, a string, `U&`. Never a minus: `--` opens no comment before a digit, but does before a blank. */
const GROWS_TOGETHER = /[\w$.'"`&]|[^\0-\x7f]/;

/**
 * The statement's text with each placeholder replaced by its parameter's literal, and nothing else changed, but for a
 * blank where the literal would grow together with its neighbour (`'a'?` must not become one string).
 */
export function interpolate(statement: Statement, dialect: Dialect, wire?: LiteralWire): string {
  const { text, params } = statement;
  return replacePlaceholders(text, planOf(text, dialect).positional, ({ start, end, index, by }) => {
    const value = params[index!];
    if (value === undefined) throw new SqlTextError('DATA', `Parameter ${index! + 1} is missing.`);
    // By a bare literal PostgreSQL neither groups nor orders, as it does by a parameter. The cast changes nothing else.
    const type = by ? '::unknown' : '';
    const literal = dialect === 'mysql' ? mysqlLiteral(value, wire) : postgresLiteral(value) + type;
    const before = GROWS_TOGETHER.test(text.charAt(start - 1)) ? ' ' : '';
    const after = GROWS_TOGETHER.test(text.charAt(end)) ? ' ' : '';
    return before + literal + after;
  });
}
