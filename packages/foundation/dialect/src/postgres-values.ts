import { decodeBytea } from './bytea.ts';
import { decodeInstant, padFraction } from './instant.ts';
import { int64Decoder } from './int64.ts';
import { decodeArray } from './postgres-array.ts';
import { postgresElementType } from './postgres-types.ts';
import type { ValueOptions } from './value.ts';

/** Reads one value of a column from the text that the server sent. NULL never gets here. */
export type PostgresDecoder = (text: string) => unknown;

const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const OID = 26;
const JSON_TYPE = 114;
const BOX_ARRAY = 1020;
const FLOAT4 = 700;
const FLOAT8 = 701;
const TIME = 1083;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const TIMETZ = 1266;
const JSONB = 3802;

/**
 * The decoder for a column of PostgreSQL's text format; undefined: the string as it is.
 *
 * - bool: boolean; int2, int4, oid, float4, float8: number; int8: as `int64` says; bytea: Uint8Array;
 * - json, jsonb: as `json` says; timestamptz: as `instants` says;
 * - built-in array types: arrays of these, NULL as null. Arrays of enums and of extensions' types have OIDs of their own
 *   in every database, so they stay strings;
 * - all others: the string, as the server prints it.
 *
 * `typeModifier` is the column's, from the row description: where it names a scale (`timestamp(3)`), the fraction of
 * time, timetz, timestamp and of timestamptz as a string is padded to it; without one (-1) it is as the server writes
 * it, trailing zeros cut. Decoders throw `DATA` for what the chosen JavaScript type cannot hold.
 */
export function postgresDecoder(
  typeOid: number,
  options: ValueOptions,
  typeModifier = -1,
): PostgresDecoder | undefined {
  const element = postgresElementType(typeOid);
  if (element === undefined) return scalarDecoder(typeOid, options, typeModifier);
  const decode = scalarDecoder(element, options, typeModifier) ?? String;
  const delimiter = typeOid === BOX_ARRAY ? ';' : ',';
  return (text) => decodeArray(text, delimiter, decode);
}

function scalarDecoder(typeOid: number, options: ValueOptions, typeModifier: number): PostgresDecoder | undefined {
  switch (typeOid) {
    case BOOL:
      return (text) => text === 't';
    case INT2:
    case INT4:
    case OID:
    case FLOAT4:
    case FLOAT8:
      return Number;
    case INT8:
      return int64Decoder(options.int64);
    case BYTEA:
      return decodeBytea;
    case JSON_TYPE:
    case JSONB:
      return options.json === 'parsed' ? JSON.parse : undefined;
    case TIMESTAMPTZ:
      // A Date has milliseconds, whatever zeros follow.
      if (options.instants === 'date') return (text) => decodeInstant(text, 'date');
      return (text) => decodeInstant(padFraction(text, typeModifier), 'string');
    case TIME:
    case TIMETZ:
    case TIMESTAMP:
      return typeModifier > 0 ? (text) => padFraction(text, typeModifier) : undefined;
    default:
      return undefined;
  }
}
