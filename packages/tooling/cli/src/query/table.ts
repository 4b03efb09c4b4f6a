import type { QueryResult } from '@sqlport/core';
import type { Dialect } from '@sqlport/core/spi';
import Table from 'cli-table3';
import pc from 'picocolors';
import { printable } from '../printable.ts';
import { textOf } from './value.ts';

const PLAIN = { head: [], border: [] };

/** A result as a table; as one table for each row, where it would be wider than the terminal. */
export function tableOf({ columns, rows }: QueryResult<readonly unknown[]>, dialect: Dialect, width?: number): string {
  const names = columns.map(({ name }) => pc.bold(printable(name)));
  const table = new Table({
    head: names,
    style: PLAIN,
    colAligns: columns.map((_, index) => (isNumeric(rows, index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map((value) => cell(value, dialect))));
  const text = table.toString();
  // The upper border is as wide as the table.
  if (width === undefined || rows.length === 0 || text.indexOf('\n') <= width) return text;
  return rows.map((row, index) => recordOf(names, row, index, dialect)).join('\n');
}

function recordOf(names: readonly string[], row: readonly unknown[], index: number, dialect: Dialect): string {
  const table = new Table({ style: PLAIN });
  table.push(...row.map((value, column) => [names[column]!, cell(value, dialect)]));
  return `${pc.dim(`row ${index + 1}`)}\n${table.toString()}`;
}

function cell(value: unknown, dialect: Dialect): string {
  const text = textOf(value, dialect);
  return text === null ? pc.dim('NULL') : printable(text).replaceAll('\t', '    ');
}

function isNumeric(rows: readonly (readonly unknown[])[], column: number): boolean {
  return rows.every((row) => ['number', 'bigint'].includes(typeof row[column]) || row[column] === null);
}
