import type { QueryOptions, QueryResult, Sql } from '@sqlport/core';
import type { Dialect } from '@sqlport/core/spi';
import pc from 'picocolors';
import { print, tell } from '../output.ts';
import { printableJson } from '../printable.ts';
import { csvOf } from './csv.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';
import { tableOf } from './table.ts';
import { jsonOf } from './value.ts';

export type Format = 'table' | 'json' | 'csv' | 'ndjson';

/** How a statement is run, and what becomes of its result. */
export interface RunOptions extends QueryOptions {
  readonly dialect: Dialect;
  readonly format: Format;
}

/** What can be read row by row; everything else answers little. */
const STREAMED = new Set(['select', 'with', 'table', 'values']);

/** Runs a statement and writes its result to standard output. Rejects with `ConnectorError`. */
export async function run(
  session: Session,
  { statement, keyword }: { readonly statement: Sql<unknown>; readonly keyword: string },
  { dialect, format, ...options }: RunOptions,
): Promise<void> {
  if (format === 'ndjson' && STREAMED.has(keyword)) {
    await streamRows(session.stream(statement, options), dialect);
    return;
  }
  const startedAt = performance.now();
  const progress = startProgress();
  const result = await session.values(statement, options).finally(() => progress.stop());
  await write(result, { dialect, format });
  if (format === 'table') tell(pc.dim(summaryOf(result, performance.now() - startedAt)));
}

/** One line of JSON for each row, as it comes. */
async function streamRows(rows: AsyncIterable<Record<string, unknown>>, dialect: Dialect): Promise<void> {
  const progress = startProgress();
  try {
    let count = 0;
    for await (const row of rows) {
      count += 1;
      // Rows on the screen are progress enough.
      if (process.stdout.isTTY) progress.stop();
      else progress.rows(count);
      await print(rowJson(row, dialect));
    }
  } finally {
    progress.stop();
  }
}

async function write(
  result: QueryResult<readonly unknown[]>,
  { dialect, format }: Pick<RunOptions, 'dialect' | 'format'>,
) {
  const { columns, rows } = result;
  const onTerminal = process.stdout.isTTY === true;
  switch (format) {
    case 'json':
      return print(printableJson(JSON.stringify(documentOf(result, dialect), undefined, onTerminal ? 2 : undefined)));
    case 'ndjson':
      for (const row of rows) await print(rowJson(objectOf(result, row, dialect), dialect));
      return;
    case 'csv':
      return columns.length === 0 ? undefined : print(csvOf(result, dialect, onTerminal));
    case 'table':
      return columns.length === 0
        ? undefined
        : print(tableOf(result, dialect, onTerminal ? process.stdout.columns : undefined));
  }
}

function documentOf(result: QueryResult<readonly unknown[]>, dialect: Dialect): object {
  const { columns, rows, rowsAffected, insertId } = result;
  return {
    columns,
    rows: rows.map((row) => objectOf(result, row, dialect)),
    rowsAffected,
    ...(insertId === undefined ? {} : { insertId: jsonOf(insertId, dialect) }),
  };
}

/** Where names repeat, the last column wins. */
function objectOf({ columns }: QueryResult<unknown>, row: readonly unknown[], dialect: Dialect): object {
  return Object.fromEntries(columns.map(({ name, type }, index) => [name, jsonOf(row[index], dialect, type)]));
}

function rowJson(row: object, dialect: Dialect): string {
  return printableJson(JSON.stringify(row, (_key, value) => jsonOf(value, dialect)));
}

function summaryOf({ columns, rows, rowsAffected, insertId }: QueryResult<unknown>, milliseconds: number): string {
  const count =
    columns.length > 0 ? `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}` : `${rowsAffected} affected`;
  const id = insertId === undefined ? '' : `, id ${insertId}`;
  return `${count}${id}, ${milliseconds.toFixed(0)} ms`;
}
