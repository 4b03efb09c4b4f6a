import type { ColumnMetadata, ExecuteStatementCommandOutput, Field } from '@aws-sdk/client-rds-data';
import {
  type Column,
  ConnectorError,
  fromSqlTextError,
  isConnectorError,
  type RawResult,
  type ValueOptions,
} from '@sqlport/core/spi';
import { mysqlColumn } from './mysql-fields.ts';
import { postgresColumn } from './postgres-fields.ts';
import type { ReadableColumn } from './readable-column.ts';

/** Reads a reply. Throws `DATA`, outcome `applied`, for a value that the chosen JavaScript type cannot hold, or that is none of its type. */
export function decode(
  reply: ExecuteStatementCommandOutput,
  verb: string,
  engine: 'mysql' | 'postgres',
  values: ValueOptions,
): RawResult {
  const metadata = reply.columnMetadata ?? [];
  const readable = metadata.map((column) =>
    engine === 'mysql' ? mysqlColumn(column, values) : postgresColumn(column, values),
  );
  const rows = (reply.records ?? []).map((record) => rowOf(record, readable));
  return {
    columns: metadata.map((column, index): Column => ({ name: nameOf(column), type: readable[index]!.type })),
    rows,
    rowsAffected: rowsAffected(reply, verb, engine),
    ...(engine === 'mysql' ? insertIdOf(reply) : {}),
  };
}

function nameOf({ label, name }: ColumnMetadata): string {
  return label ?? name ?? '';
}

function rowOf(record: readonly Field[], columns: readonly ReadableColumn[]): readonly unknown[] {
  const row = new Array<unknown>(columns.length);
  for (let index = 0; index < columns.length; index++) {
    const field = record[index] as Field;
    row[index] = field.isNull === true ? null : readValue(field, columns[index]!);
  }
  return row;
}

/** A decoder may throw anything where a type of the user's own has the name of another: `app.json`. */
function readValue(field: Field, column: ReadableColumn): unknown {
  try {
    return column.read(field);
  } catch (error) {
    const known = fromSqlTextError(error, 'applied');
    if (isConnectorError(known)) throw known;
    throw new ConnectorError(
      'DATA',
      `A value cannot be read as one of type ${column.type}: if that is a type of your own, cast it to text.`,
      { outcome: 'applied' },
    );
  }
}

/**
 * The API counts what was updated, on PostgreSQL also the rows of a table that is made (CREATE TABLE AS, SELECT INTO);
 * with RETURNING the rows that came back are what was changed.
 */
function rowsAffected(
  { numberOfRecordsUpdated = 0, records }: ExecuteStatementCommandOutput,
  verb: string,
  engine: 'mysql' | 'postgres',
): number {
  const changes = CHANGES_ROWS.has(verb);
  if (records !== undefined) return changes ? records.length : 0;
  return changes || verb === 'execute' || engine === 'mysql' ? numberOfRecordsUpdated : 0;
}

const CHANGES_ROWS = new Set(['insert', 'update', 'delete', 'merge', 'replace']);

/** MySQL's first generated id. The API sends it as a JSON number, which is not exact beyond 2^53. */
function insertIdOf({ generatedFields }: ExecuteStatementCommandOutput): { readonly insertId?: bigint } {
  const [field] = generatedFields ?? [];
  const text = field?.stringValue ?? field?.longValue;
  if (text === undefined) return {};
  if (typeof text === 'number' && !Number.isSafeInteger(text)) {
    throw new ConnectorError(
      'DATA',
      'The row was inserted; its generated id is beyond 2^53, which the Data API cannot deliver exactly. Read it back by another key.',
      { outcome: 'applied' },
    );
  }
  const insertId = BigInt(text);
  return insertId === 0n ? {} : { insertId };
}
