import type { ArrayValue, ColumnMetadata, Field } from '@aws-sdk/client-rds-data';
import type { ValueOptions } from '@sqlport/core/spi';
import { postgresDecoder, postgresTypeOid } from '@sqlport/dialect';
import { type ReadableColumn, unreadable } from './readable-column.ts';

/** The API names the types of columns with a sequence after the way they are declared. */
const SERIAL: Readonly<Record<string, string>> = { serial: 'int4', bigserial: 'int8', smallserial: 'int2' };

const FLOAT4 = 'float4';
/** The scale that the API reports for times without one of their own as well. */
const DEFAULT_SCALE = 6;

/** How to read a column of Aurora PostgreSQL. `typeName` is the server's own name of the type: `int8`, `_text`, `mood`. */
export function postgresColumn({ typeName = '', scale }: ColumnMetadata, values: ValueOptions): ReadableColumn {
  const type = SERIAL[typeName] ?? typeName;
  const readScalar = scalarReader(type, values, scale);
  // Arrays of enums and of extensions' types are text over TCP, where their types have no names.
  const isBuiltInArray = type.startsWith('_') && postgresTypeOid(type) !== undefined;
  const readElement = isBuiltInArray ? scalarReader(type.slice(1), values, scale) : undefined;
  return {
    type,
    // Not by the type's name: one of the user's own may begin with an underscore as well.
    read(field) {
      const { arrayValue } = field;
      if (arrayValue === undefined) return readScalar(field);
      return readElement === undefined ? arrayText(arrayValue) : elementsOf(arrayValue, readElement);
    },
  };
}

type Reader = (field: Scalar) => unknown;

/** The members of {@link Field} that hold one value. */
type Scalar = Pick<Field, 'booleanValue' | 'longValue' | 'doubleValue' | 'stringValue' | 'blobValue'>;

function scalarReader(type: string, values: ValueOptions, scale: number | undefined): Reader {
  // No array comes here.
  const oid = type.startsWith('_') ? undefined : postgresTypeOid(type);
  const modifier = scale === undefined || scale === DEFAULT_SCALE ? -1 : scale;
  const decode = oid === undefined ? undefined : postgresDecoder(oid, values, modifier);
  return (field) => {
    if (field.booleanValue !== undefined) return field.booleanValue;
    if (field.blobValue !== undefined) return field.blobValue;
    if (field.doubleValue !== undefined) return type === FLOAT4 ? shortestFloat4(field.doubleValue) : field.doubleValue;
    const { stringValue: text = field.longValue?.toString() } = field;
    if (text === undefined) throw unreadable(type);
    return decode === undefined ? text : decode(text);
  };
}

/** The double with the fewest digits that is this single-precision number: what the server itself prints. */
function shortestFloat4(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === Math.fround(value)) return shorter;
  }
  return Number(value.toPrecision(9));
}

function elementsOf(array: ArrayValue, read: Reader): unknown[] {
  const { arrayValues, booleanValues, longValues, doubleValues, stringValues } = array;
  if (arrayValues) return arrayValues.map((each) => (each === null ? null : elementsOf(each, read)));
  if (booleanValues) return booleanValues.map((each) => (each === null ? null : each));
  if (longValues) return longValues.map((each) => (each === null ? null : read({ longValue: each } as Scalar)));
  if (doubleValues) return doubleValues.map((each) => (each === null ? null : read({ doubleValue: each } as Scalar)));
  return (stringValues ?? []).map((each) => (each === null ? null : read({ stringValue: each } as Scalar)));
}

/** An array as the server prints it: `{happy,"so so",NULL}`. */
function arrayText(array: ArrayValue): string {
  const elements = elementsOf(array, ({ booleanValue, longValue, doubleValue, stringValue }) =>
    String(stringValue ?? longValue ?? doubleValue ?? booleanValue),
  );
  return textOf(elements);
}

function textOf(element: unknown): string {
  if (element === null) return 'NULL';
  if (Array.isArray(element)) return `{${element.map(textOf).join(',')}}`;
  const text = String(element);
  return NEEDS_QUOTES.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** "Array Input and Output Syntax" in PostgreSQL's manual. */
const NEEDS_QUOTES = /^$|^null$|[{}",\\\s]/i;
