import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { ConnectorError, type Statement } from '@sqlport/core/spi';
import {
  type Dialect,
  JsonParam,
  mysqlLiteral,
  planOf,
  postgresLiteral,
  replacePlaceholders,
  type SqlValue,
  untypedParameters,
} from '@sqlport/dialect';
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
 * They become parameters of the API. On PostgreSQL those are of type `text`, `bytea` and `json`, so only such values
 * are taken as mean the same with a type as without; `uncast` is the number of the longest other one, or 0.
 */
export function withParameters(
  { text, params }: Statement,
  dialect: Dialect,
  length: number,
): { readonly statement: Statement; readonly parameters: readonly SqlParameter[]; readonly uncast: number } {
  const mysql = dialect === 'mysql';
  const { positional } = planOf(text, dialect);
  const untyped = untypedParameters(text, dialect);
  const candidates = positional
    .flatMap(({ index }) => {
      const value = params[index!];
      if (typeof value !== 'string' && !(value instanceof Uint8Array) && !(value instanceof JsonParam)) return [];
      const { length } = mysql ? mysqlLiteral(value, { asciiOnly: true }) : postgresLiteral(value);
      return [{ index: index!, value, size: length }];
    })
    .sort((a, b) => b.size - a.size);
  const taken = new Map<number, LongValue>();
  let excess = length - MAX_STATEMENT_LENGTH;
  let uncast = 0;
  for (const { index, value, size } of candidates) {
    const gain = size - nameOf(index).length - 3;
    if (excess <= 0 || gain <= 0) break;
    if (untyped.has(index)) uncast ||= index + 1;
    else {
      taken.set(index, value);
      excess -= gain;
    }
  }
  const left: SqlValue[] = [];
  const shorter = replacePlaceholders(text, positional, ({ index, start, end }) => {
    // A blank on both sides: the name must not grow together with what stands there.
    if (taken.has(index!)) return ` :${nameOf(index!)} `;
    left.push(params[index!]!);
    return text.slice(start, end);
  });
  return {
    statement: { text: shorter, params: mysql ? left : params },
    parameters: [...taken].map(([index, value]) => ({ name: nameOf(index), ...parameterOf(value, mysql) })),
    uncast,
  };
}

/** Throws `DATA` for what the API would refuse with a text that names no cure. */
export function checkSize(text: string, parameters: readonly SqlParameter[], uncast: number): void {
  if (text.length > MAX_STATEMENT_LENGTH) {
    throw new ConnectorError(
      'DATA',
      `The statement has ${text.length} characters; the Data API accepts ${MAX_STATEMENT_LENGTH} beside long texts, bytes and JSON. Send less at once${uncast ? `, or cast parameter ${uncast}: $${uncast}::text` : ''}.`,
    );
  }
  const bytes = parameters.reduce((sum, parameter) => sum + parameterBytes(parameter), jsonBytes(text));
  if (bytes <= MAX_REQUEST_BYTES - OTHER_MEMBERS_BYTES) return;
  throw new ConnectorError(
    'DATA',
    `The statement with its parameters has ${bytes} bytes; the Data API accepts ${MAX_REQUEST_BYTES}. Send less at once.`,
  );
}

function nameOf(index: number): string {
  return `sqlport_${index + 1}`;
}

function parameterOf(value: LongValue, mysql: boolean): SqlParameter {
  if (typeof value === 'string') return { value: { stringValue: value } };
  if (value instanceof JsonParam) return { value: { stringValue: value.text }, typeHint: mysql ? undefined : 'JSON' };
  return { value: { blobValue: value } };
}
