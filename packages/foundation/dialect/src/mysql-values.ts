import { decodeInstant, padFraction } from './instant.ts';
import { int64Decoder } from './int64.ts';
import type { ValueOptions } from './value.ts';

/** A column as MySQL's protocol describes it (Protocol::ColumnDefinition41). */
export interface MysqlColumnType {
  /** enum_field_types: 3 is INT, 253 VARCHAR. */
  readonly type: number;
  readonly flags: number;
  /** Collation of the column as sent; 63 is binary. */
  readonly charset: number;
  /** Longest value, in bytes. */
  readonly length: number;
  /** Digits behind the point, of decimals and of the fraction of seconds. */
  readonly decimals: number;
}

/** How to read the values of a column. NULL is not read by it. */
export interface MysqlDecoder {
  readonly from: 'text' | 'bytes';
  /** Reads one value from its text; undefined: the text, or the bytes, as it is. */
  readonly decode?: ((text: string) => unknown) | undefined;
}

/** The collation that means: bytes. */
const BINARY = 63;
const ENUM_OR_SET_FLAG = 256 | 2048;

/**
 * The decoder for a column of MySQL's text protocol.
 *
 * - TINYINT to INT, YEAR, FLOAT, DOUBLE: number; BIGINT: as `int64` says; DECIMAL: string;
 * - TIMESTAMP: as `instants` says, the session being in UTC; DATE, TIME, DATETIME: string, fraction to the column's scale;
 * - JSON: as `json` says, whatever its collation claims; BIT, GEOMETRY, VECTOR, BINARY, VARBINARY, BLOBs: Uint8Array;
 * - all others: string.
 *
 * Decoders throw `DATA` for what the chosen JavaScript type cannot hold.
 */
export function mysqlDecoder(column: MysqlColumnType, options: ValueOptions): MysqlDecoder {
  switch (column.type) {
    case 1: // TINYINT
    case 2: // SMALLINT
    case 3: // INT
    case 4: // FLOAT
    case 5: // DOUBLE
    case 9: // MEDIUMINT
    case 13: // YEAR
      return { from: 'text', decode: Number };
    case 8: // BIGINT
      return { from: 'text', decode: int64Decoder(options.int64) };
    case 7: // TIMESTAMP
      // A Date has milliseconds, whatever zeros follow.
      if (options.instants === 'date') return { from: 'text', decode: (text) => decodeInstant(text, 'date') };
      return { from: 'text', decode: (text) => decodeInstant(withScale(text, column), 'string') };
    case 11: // TIME
    case 12: // DATETIME
      return { from: 'text', decode: (text) => withScale(text, column) };
    case 245: // JSON
      return { from: 'text', decode: options.json === 'parsed' ? parse : undefined };
    case 16: // BIT
    case 242: // VECTOR
    case 255: // GEOMETRY
      return { from: 'bytes' };
    case 15: // VARCHAR
    case 249: // TINYBLOB
    case 250: // MEDIUMBLOB
    case 251: // LONGBLOB
    case 252: // BLOB, TEXT
    case 253: // VARCHAR, VARBINARY
    case 254: // CHAR, BINARY, ENUM, SET
      if (column.charset === BINARY && !(column.flags & ENUM_OR_SET_FLAG)) return { from: 'bytes' };
      return { from: 'text' };
    default:
      return { from: 'text' };
  }
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

/** Some wires cut the zeros that the server itself writes. Decimals above 6 mean: no fixed scale. */
function withScale(text: string, column: MysqlColumnType): string {
  return column.decimals > 6 ? text : padFraction(text, column.decimals);
}
