import { type JsonParam, json, type SqlValue } from '@sqlport/dialect';
import { ConnectorError } from '../errors.ts';
import type { Row } from '../result.ts';
import { fromSqlTextError } from '../spi/sql-text-error.ts';
import { isSql, Sql, type SqlPart } from './sql.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What may stand in `${…}`: a value, which becomes a parameter, or another piece of SQL. */
export type SqlInterpolation = SqlValue | Sql<unknown>;

/** A tag for template literals that makes a {@link Sql}. */
export type SqlTemplateTag<R> = (strings: TemplateStringsArray, ...values: readonly SqlInterpolation[]) => Sql<R>;

function tag<R = Row>(strings: TemplateStringsArray, ...values: readonly SqlInterpolation[]): Sql<R> {
  return new Sql<R>(partsOf(strings, values));
}

function partsOf(strings: TemplateStringsArray, values: readonly SqlInterpolation[]): SqlPart[] {
  // A plain call, sql(text), would make raw SQL of whatever the text holds.
  if (!Array.isArray(strings) || !Array.isArray((strings as { raw?: unknown }).raw)) {
    throw new ConnectorError(
      'DATA',
      'sql is a template tag: write sql`…`. For a text with placeholders use sql.text(text, params).',
    );
  }
  const parts: SqlPart[] = [];
  strings.forEach((text, index) => {
    if (text !== '') parts.push(text);
    if (index < values.length) append(parts, values[index] as SqlInterpolation);
  });
  return parts;
}

function append(parts: SqlPart[], value: SqlInterpolation): void {
  if (!isSql(value)) {
    parts.push({ kind: 'value', value });
    return;
  }
  if (value.source !== undefined) {
    throw new ConnectorError(
      'DATA',
      'sql.text makes a whole statement; it cannot be a part of another. Use the sql tag for parts.',
    );
  }
  for (const part of value.parts) parts.push(part);
}

function identifier(...names: readonly string[]): Sql {
  if (names.length === 0) throw new ConnectorError('DATA', 'sql.identifier needs at least one name.');
  for (const name of names) {
    if (typeof name !== 'string' || name === '' || name.includes('\0')) {
      throw new ConnectorError(
        'DATA',
        'sql.identifier takes names: strings that are not empty and hold no NUL character.',
      );
    }
  }
  return new Sql([{ kind: 'identifier', names }]);
}

function raw(text: string): Sql {
  checkText('raw', text);
  return new Sql([text]);
}

function text<R = Row>(statement: string, params?: readonly unknown[] | object): Sql<R> {
  checkText('text', statement);
  return new Sql<R>([], undefined, { text: statement, params });
}

function checkText(helper: string, value: unknown): void {
  if (typeof value !== 'string') throw new ConnectorError('DATA', `sql.${helper} takes a text.`);
}

function checkArray(helper: string, value: unknown): void {
  if (!Array.isArray(value)) throw new ConnectorError('DATA', `sql.${helper} takes an array.`);
}

function join(items: readonly SqlInterpolation[], separator: Sql = raw(', ')): Sql {
  checkArray('join', items);
  if (!isSql(separator)) throw new ConnectorError('DATA', 'The separator of sql.join is SQL: sql` and `.');
  const parts: SqlPart[] = [];
  items.forEach((item, index) => {
    if (index > 0) append(parts, separator);
    append(parts, item);
  });
  return new Sql(parts);
}

function list(values: readonly SqlValue[]): Sql {
  checkArray('list', values);
  if (values.length === 0) {
    throw new ConnectorError(
      'DATA',
      'sql.list needs at least one value: SQL has no empty list. For IN use sql.in, which allows it.',
    );
  }
  return join(values);
}

function membership(operator: ' in (' | ' not in (', whenEmpty: string) {
  return (expression: string | Sql<unknown>, values: readonly SqlValue[]): Sql => {
    checkArray('in', values);
    if (values.length === 0) return raw(whenEmpty);
    const parts: SqlPart[] = [];
    append(parts, typeof expression === 'string' ? identifier(...expression.split('.')) : expression);
    parts.push(operator);
    append(parts, join(values));
    parts.push(')');
    return new Sql(parts);
  };
}

function values(rows: readonly (readonly SqlValue[])[]): Sql {
  checkArray('values', rows);
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw new ConnectorError('DATA', 'sql.values needs at least one row of at least one value.');
  if (rows.some((row) => row.length !== width)) {
    throw new ConnectorError('DATA', 'sql.values needs rows of the same length.');
  }
  const parts: SqlPart[] = ['values '];
  rows.forEach((row, index) => {
    parts.push(index > 0 ? ', (' : '(');
    append(parts, join(row));
    parts.push(')');
  });
  return new Sql(parts);
}

function jsonValue(value: unknown): JsonParam {
  try {
    return json(value);
  } catch (error) {
    throw fromSqlTextError(error);
  }
}

function typed<R>(schema: StandardSchema<R>): SqlTemplateTag<R> {
  return (strings, ...interpolations) => new Sql<R>(partsOf(strings, interpolations), schema);
}

/**
 * Builds statements: ``sql`select * from users where id = ${id}` ``. Whatever stands in `${…}` is a parameter,
 * never text, unless it is itself made by this tag.
 * Every helper throws `DATA` for what it cannot take.
 */
export const sql = Object.assign(tag, {
  /** A quoted name; several are joined by dots: `sql.identifier('public', 'users')`. */
  identifier,
  /** `expression in (…)`; false for no values. A string is a column name (`'u.id'`), never raw SQL. */
  in: membership(' in (', '1 = 0'),
  /** `expression not in (…)`; true for no values. */
  notIn: membership(' not in (', '1 = 1'),
  /** Values with commas between them; at least one. */
  list,
  /** `values (…), (…)` for a multi-row INSERT; at least one row, all of one length. */
  values,
  /** Pieces with a separator between them, default a comma. No pieces make nothing. */
  join,
  /** Text that goes into the statement as it is. Never pass it what a user typed. */
  raw,
  /** A value as JSON, for `json` and `jsonb` columns. */
  json: jsonValue,
  /** A whole statement from a text with `?`, `$1` or `:name` placeholders and its parameters. */
  text,
  /** A tag whose rows are validated by a Standard Schema (zod, valibot, arktype) and typed by it. */
  typed,
  /** Nothing, for optional parts. */
  empty: raw(''),
});
