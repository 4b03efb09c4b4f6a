import type { QueryResult } from '@sqlport/core';
import type { Dialect } from '@sqlport/core/spi';
import { printable } from '../printable.ts';
import { textOf } from './value.ts';

/**
 * A result as CSV (RFC 4180, with plain line feeds), its first line the names of the columns. NULL is nothing, an empty text is `""`.
 * `shown`: on a terminal, which must not be steered; elsewhere every character stays.
 */
export function csvOf({ columns, rows }: QueryResult<readonly unknown[]>, dialect: Dialect, shown: boolean): string {
  const field = (text: string | null): string => {
    if (text === null) return '';
    const safe = shown ? printable(text) : text;
    return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const names = columns.map(({ name }) => field(name)).join(',');
  return [names, ...rows.map((row) => row.map((value) => field(textOf(value, dialect))).join(','))].join('\n');
}
