import type { ColumnMetadata, Field } from '@aws-sdk/client-rds-data';
import type { ValueOptions } from '@sqlport/core/spi';
import { type MysqlColumnType, mysqlDecoder, mysqlTypeName } from '@sqlport/dialect';
import { type ReadableColumn, unreadable } from './readable-column.ts';

/** enum_field_types and the like of MySQL's protocol, by the names that the API sends. */
const TYPES: Readonly<Record<string, number>> = {
  TINYINT: 1,
  BOOLEAN: 1,
  BOOL: 1,
  SMALLINT: 2,
  INT: 3,
  INTEGER: 3,
  FLOAT: 4,
  DOUBLE: 5,
  REAL: 5,
  NULL: 6,
  TIMESTAMP: 7,
  BIGINT: 8,
  MEDIUMINT: 9,
  DATE: 10,
  TIME: 11,
  DATETIME: 12,
  YEAR: 13,
  BIT: 16,
  VECTOR: 242,
  JSON: 245,
  DECIMAL: 246,
  NUMERIC: 246,
  ENUM: 247,
  SET: 248,
  TINYBLOB: 249,
  MEDIUMBLOB: 250,
  LONGBLOB: 251,
  BLOB: 252,
  TINYTEXT: 249,
  MEDIUMTEXT: 250,
  LONGTEXT: 251,
  TEXT: 252,
  VARBINARY: 253,
  VARCHAR: 253,
  BINARY: 254,
  CHAR: 254,
  GEOMETRY: 255,
};

const BYTES = /BLOB$|BINARY$/;
const BINARY_COLLATION = 63;
const TEXT_COLLATION = 255;
const UNSIGNED_FLAG = 32;
const FLOAT = 4;
const BIT = 16;
/** Characters of times without a fraction. */
const WIDTHS: Readonly<Record<string, number>> = { TIME: 10, DATETIME: 19, TIMESTAMP: 19 };

/** How to read a column of Aurora MySQL. `typeName` is in upper case: `BIGINT UNSIGNED`, `VARCHAR`. */
export function mysqlColumn(metadata: ColumnMetadata, values: ValueOptions): ReadableColumn {
  const column = columnType(metadata);
  const { decode } = mysqlDecoder(column, values);
  const type = mysqlTypeName(column);
  return {
    type,
    read(field: Field) {
      if (field.blobValue !== undefined) return field.blobValue;
      // TINYINT(1) and BIT(1) are truth values to the API.
      if (field.booleanValue !== undefined) {
        return column.type === BIT ? Uint8Array.of(Number(field.booleanValue)) : Number(field.booleanValue);
      }
      if (field.doubleValue !== undefined) {
        const { doubleValue } = field;
        return column.type === FLOAT ? printedFloat(doubleValue, metadata.scale) : doubleValue;
      }
      const { stringValue: text = field.longValue?.toString() } = field;
      if (text === undefined) throw unreadable(type);
      return decode === undefined ? text : decode(text);
    },
  };
}

function columnType({ typeName = '', precision = 0, scale = 0 }: ColumnMetadata): MysqlColumnType {
  const [name = ''] = typeName.toUpperCase().split(' ');
  const whole = WIDTHS[name];
  return {
    type: TYPES[name] ?? TYPES['VARCHAR']!,
    flags: typeName.endsWith('UNSIGNED') ? UNSIGNED_FLAG : 0,
    charset: BYTES.test(name) ? BINARY_COLLATION : TEXT_COLLATION,
    length: 0,
    // JDBC knows no scale of times, but their width in characters: a point and the digits of the fraction.
    decimals: whole === undefined ? scale : Math.max(0, precision - whole - 1),
  };
}

/** Digits with which MySQL prints FLOAT (FLT_DIG). */
const FLOAT_DIGITS = 6;
/** What JDBC reports as the scale of FLOAT and not FLOAT(M,D), as the protocol does (DECIMAL_NOT_SPECIFIED). */
const NO_SCALE = 31;
/** More digits than the numbers have that lie halfway between two others. */
const ALL_DIGITS = 60;

/** The number that MySQL prints for a FLOAT, or for a FLOAT(M,D) of that scale. */
function printedFloat(value: number, scale = NO_SCALE): number {
  const single = Math.fround(value);
  if (scale < NO_SCALE) {
    // No part is behind the point, so that no scale rounds it.
    if (Number.isInteger(single)) return single;
    // A scale of 0 that has digits behind the point is none.
    if (scale > 0) return rounded(single.toFixed(ALL_DIGITS), single.toFixed(scale));
  }
  // No text of JavaScript's has its sign.
  if (single === 0) return single;
  return rounded(single.toExponential(ALL_DIGITS), single.toExponential(FLOAT_DIGITS - 1));
}

/** MySQL rounds what is halfway to the even digit, JavaScript up: `whole` has all the digits, `up` has been rounded. */
function rounded(whole: string, up: string): number {
  const [digits = '', exponent = ''] = up.split(/(?=e)/);
  const isHalfway = /[02468]$/.test(whole.slice(0, digits.length)) && /^50*(?:e|$)/.test(whole.slice(digits.length));
  return Number(isHalfway ? whole.slice(0, digits.length) + exponent : up);
}
