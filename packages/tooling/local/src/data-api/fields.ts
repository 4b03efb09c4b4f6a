import { ServiceError } from './errors.ts';
import { writeJson } from './json.ts';
import type { ResultSetOptions } from './request.ts';
import { ArrayOf, Decimal, type Value } from './value.ts';

/** A value on the wire: one member of the union `Field`. */
export type Field = Readonly<Record<string, unknown>>;

/** A value as a `Field`. */
export function toField(value: Value, options: ResultSetOptions): Field {
  const plain = withOptions(value, options);
  if (plain === null) return { isNull: true };
  if (plain instanceof ArrayOf) return { arrayValue: { [plain.member]: plain.items } };
  if (plain instanceof Uint8Array) return { blobValue: Buffer.from(plain).toString('base64') };
  switch (typeof plain) {
    case 'boolean':
      return { booleanValue: plain };
    case 'bigint':
      return { longValue: plain };
    case 'number':
      return { doubleValue: plain };
    default:
      return { stringValue: plain };
  }
}

/** Rows as the one JSON text of `formatRecordsAs: JSON`, by the labels of their columns. */
export function toFormattedRecords(
  labels: readonly string[],
  rows: readonly (readonly Value[])[],
  options: ResultSetOptions,
): string {
  if (new Set(labels).size < labels.length) {
    throw new ServiceError('DatabaseErrorException', 'The result set contains duplicate column labels.');
  }
  const records = rows.map((row) =>
    Object.fromEntries(labels.map((label, i) => [label, toJsonValue(withOptions(row[i]!, options))])),
  );
  return writeJson(records);
}

function toJsonValue(value: Exclude<Value, Decimal>): unknown {
  if (value instanceof ArrayOf) return value.items;
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function withOptions(value: Value, options: ResultSetOptions): Exclude<Value, Decimal> {
  if (value instanceof Decimal) return options.decimals === 'STRING' ? value.text : doubleOrLong(value.text);
  if (options.longs === 'LONG') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof ArrayOf && value.member === 'longValues') {
    return new ArrayOf(
      'stringValues',
      value.items.map((item) => (item === null ? null : String(item))),
    );
  }
  return value;
}

/** A LONG when the scale is 0, a DOUBLE otherwise. */
const doubleOrLong = (text: string): bigint | number =>
  /^-?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : Number(text);
