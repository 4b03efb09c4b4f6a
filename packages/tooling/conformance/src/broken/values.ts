import { wrapAdapter } from '../wrap-adapter.ts';
import { onBoth, type Sabotage, withResults, withStatements, withValues } from './sabotage.ts';

const NINE_HOURS = 9 * 3_600_000;

const isInt64 = (type: string): boolean => /^(int8|bigint)/.test(type);

/** Drivers that get values wrong, on the way in or out. */
export const brokenValues: readonly Sabotage[] = [
  {
    name: 'rounds-int64',
    fault: 'reads 64-bit integers into numbers, whatever that makes of them',
    breaks: (adapter) =>
      withValues(
        {
          ...wrapAdapter(adapter, () => ({})),
          open: (options) => adapter.open({ ...options, values: { ...options.values, int64: 'string' } }),
        },
        (value, type) => (typeof value === 'string' && isInt64(type) ? Number(value) : value),
      ),
    caughtBy: { postgres: 'values-out/postgres/int8-unsafe', mysql: 'values-out/mysql/bigint-unsafe' },
  },
  {
    name: 'decimals-as-numbers',
    fault: 'reads decimals into numbers',
    breaks: (adapter) =>
      withValues(adapter, (value, type) => (/^(numeric|decimal)/.test(type) && value !== null ? Number(value) : value)),
    caughtBy: { postgres: 'values-out/postgres/numeric-scale', mysql: 'values-out/mysql/decimal-scale' },
  },
  {
    name: 'local-dates-out',
    fault: 'takes instants for local times of a process in Tokyo',
    breaks: (adapter) =>
      withValues(adapter, (value) => (value instanceof Date ? new Date(value.getTime() - NINE_HOURS) : value)),
    caughtBy: { postgres: 'values-out/postgres/timestamptz', mysql: 'values-out/mysql/timestamp' },
  },
  {
    name: 'local-dates-in',
    fault: 'sends Dates in the local time of a process in Tokyo',
    breaks: (adapter) =>
      withStatements(adapter, ({ text, params }) => ({
        text,
        params: params.map((value) => (value instanceof Date ? new Date(value.getTime() + NINE_HOURS) : value)),
      })),
    caughtBy: onBoth('values-in/date-from-date'),
  },
  {
    name: 'drops-null-elements',
    fault: 'leaves NULL elements out of arrays',
    breaks: (adapter) =>
      withValues(adapter, (value, type) =>
        type.startsWith('_') && Array.isArray(value) ? value.filter((element) => element !== null) : value,
      ),
    caughtBy: { postgres: 'values-out/postgres/array-int4' },
  },
  {
    name: 'bytes-as-text',
    fault: 'reads bytes as UTF-8',
    breaks: (adapter) =>
      withValues(adapter, (value) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value)),
    caughtBy: { postgres: 'values-out/postgres/bytea', mysql: 'values-out/mysql/varbinary' },
  },
  {
    name: 'empty-text-is-null',
    fault: 'sends an empty text as NULL',
    breaks: (adapter) =>
      withStatements(adapter, ({ text, params }) => ({
        text,
        params: params.map((value) => (value === '' ? null : value)),
      })),
    caughtBy: onBoth('values-in/empty-text-is-not-null'),
  },
  {
    name: 'loses-duplicate-columns',
    fault: 'keeps one column of each name',
    breaks: (adapter) =>
      withResults(adapter, ({ columns, rows, ...rest }) => {
        const kept = columns.flatMap(({ name }, index) =>
          columns.findIndex((column) => column.name === name) === index ? [index] : [],
        );
        return {
          ...rest,
          columns: kept.map((index) => columns[index]!),
          rows: rows.map((row) => kept.map((index) => row[index])),
        };
      }),
    caughtBy: onBoth('query/duplicate-names-survive'),
  },
  {
    name: 'counts-changed-rows',
    fault: 'counts the rows that an UPDATE changed, not those that it matched',
    breaks: (adapter) =>
      withStatements(adapter, ({ text, params }) => ({
        text: text.replace(
          /^update (\w+) set (\w+) = (\w+)(?: where (.*))?$/,
          (_, table, column, value, where = 'true') =>
            `update ${table} set ${column} = ${value} where (${where}) and not coalesce(${column} = ${value}, false)`,
        ),
        params,
      })),
    caughtBy: onBoth('query/rows-matched'),
  },
  {
    name: 'insert-id-of-last-row',
    fault: 'answers the id of the last row of an INSERT',
    breaks: (adapter) =>
      withResults(adapter, (result) =>
        result.insertId === undefined
          ? result
          : { ...result, insertId: result.insertId + BigInt(Math.max(result.rowsAffected - 1, 0)) },
      ),
    caughtBy: { mysql: 'query/mysql/insert-id-of-many' },
  },
  {
    name: 'naive-quoting',
    fault: 'puts parameters into the text between quotes',
    breaks: (adapter) => withStatements(adapter, (statement) => quoted(statement, (text) => text)),
    caughtBy: onBoth('injection/value-quote'),
  },
  {
    name: 'forgets-backslashes',
    fault: 'doubles quotes in parameters, but forgets that a backslash escapes',
    breaks: (adapter) =>
      withStatements(adapter, (statement) => quoted(statement, (text) => text.replaceAll("'", "''"))),
    caughtBy: { mysql: 'injection/value-backslash-quote' },
  },
];

function quoted({ text, params }: { text: string; params: readonly unknown[] }, double: (text: string) => string) {
  let next = 0;
  const literal = (value: unknown): string => (typeof value === 'string' ? `'${double(value)}'` : String(value));
  return {
    text: text.replace(/\$(\d+)|\?/g, (_, number) =>
      literal(params[number === undefined ? next++ : Number(number) - 1]),
    ),
    params: [],
  };
}
