import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { ConnectorError, type Statement } from '@sqlport/core/spi';
import { type Dialect, JsonParam, mysqlLiteral, planOf, postgresLiteral, type SqlValue } from '@sqlport/dialect';
import { jsonBytes, parameterBytes } from './parameter-bytes.ts';

/** The API's own limit for `sql`, in UTF-16 units. Values that travel as parameters do not count. */
export const MAX_STATEMENT_LENGTH = 65_536;

/** The API's limit for a whole request, in bytes, and what is in it beside the statement, at the most. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const OTHER_MEMBERS_BYTES = 4_096;

/** A value that may travel as a parameter: it has one type that the API can name. */
type LongValue = string | Uint8Array | JsonParam;

/**
 * Takes values out of a statement that is too long with its literals, the longest first, until it fits or none is left.
 * They become parameters of the API, which on PostgreSQL are of type `text`, `bytea` and `json`: a long text that is
 * meant for a column of another type needs a cast.
 */
export function withParameters(
  { text, params }: Statement,
  dialect: Dialect,
  length: number,
): { readonly statement: Statement; readonly parameters: readonly SqlParameter[] } {
  const { positional } = planOf(text, dialect);
  const candidates = positional
    .flatMap(({ index }) => {
      const value = params[index!];
      return isLong(value) ? [{ index: index!, value, size: literalLength(value, dialect) }] : [];
    })
    .sort((a, b) => b.size - a.size);
  const taken = new Map<number, LongValue>();
  let excess = length - MAX_STATEMENT_LENGTH;
  for (const { index, value, size } of candidates) {
    if (excess <= 0) break;
    const name = nameOf(index).length + 3;
    if (size <= name) break;
    taken.set(index, value);
    excess -= size - name;
  }
  let shorter = '';
  let done = 0;
  const left: SqlValue[] = [];
  for (const { start, end, index } of positional) {
    if (taken.has(index!)) {
      // A blank on both sides: the name must not grow together with what stands there.
      shorter += `${text.slice(done, start)} :${nameOf(index!)} `;
      done = end;
    } else if (dialect === 'mysql') left.push(params[index!]!);
  }
  shorter += text.slice(done);
  return {
    statement: { text: shorter, params: dialect === 'mysql' ? left : params },
    parameters: [...taken].map(([index, value]) => parameterOf(nameOf(index), value, dialect)),
  };
}

/** Throws `DATA` for what the API would refuse with a text that names no cure. */
export function checkSize(text: string, parameters: readonly SqlParameter[]): void {
  if (text.length > MAX_STATEMENT_LENGTH) {
    throw new ConnectorError(
      'DATA',
      `The statement has ${text.length} characters; the Data API accepts ${MAX_STATEMENT_LENGTH}, long texts, bytes and JSON among its parameters not counted. Send less at once.`,
    );
  }
  const bytes = parameters.reduce((sum, parameter) => sum + parameterBytes(parameter), jsonBytes(text));
  if (bytes <= MAX_REQUEST_BYTES - OTHER_MEMBERS_BYTES) return;
  throw new ConnectorError(
    'DATA',
    `The statement with its parameters takes ${bytes} bytes; the Data API accepts ${MAX_REQUEST_BYTES} in a request. Send less at once.`,
  );
}

function isLong(value: unknown): value is LongValue {
  return typeof value === 'string' || value instanceof Uint8Array || value instanceof JsonParam;
}

function literalLength(value: LongValue, dialect: Dialect): number {
  return dialect === 'mysql' ? mysqlLiteral(value, { asciiOnly: true }).length : postgresLiteral(value).length;
}

function nameOf(index: number): string {
  return `sqlport_${index + 1}`;
}

function parameterOf(name: string, value: LongValue, dialect: Dialect): SqlParameter {
  if (value instanceof Uint8Array) return { name, value: { blobValue: value } };
  if (typeof value === 'string') return { name, value: { stringValue: value } };
  return { name, value: { stringValue: value.text }, ...(dialect === 'postgres' && { typeHint: 'JSON' as const }) };
}
