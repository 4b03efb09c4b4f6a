import { applied, type Column, type RawResult, type ValueOptions } from '@sqlport/core/spi';
import { type MysqlColumnType, mysqlDecoder, mysqlTypeName } from '@sqlport/dialect';
import { connectorError } from './error.ts';
import type { Reply } from './reply.ts';

const BINARY = 63;
const UTF8MB4 = 255;
const UNSIGNED_FLAG = 32;
const ENUM_FLAG = 256;
const SET_FLAG = 2048;

/** The wire does not tell the scale. */
const NO_FIXED_SCALE = 31;

/** The names of this wire as types of MySQL's protocol: `[type, flags, charset]`. */
const TYPES: Readonly<Record<string, readonly [type: number, flags?: number, charset?: number]>> = {
  TINYINT: [1],
  SMALLINT: [2],
  MEDIUMINT: [9],
  INT: [3],
  BIGINT: [8],
  FLOAT: [4],
  DOUBLE: [5],
  DECIMAL: [246],
  YEAR: [13],
  DATE: [10],
  TIME: [11],
  DATETIME: [12],
  TIMESTAMP: [7],
  CHAR: [254],
  VARCHAR: [253],
  TINYTEXT: [249],
  TEXT: [252],
  MEDIUMTEXT: [250],
  LONGTEXT: [251],
  ENUM: [254, ENUM_FLAG],
  SET: [254, SET_FLAG],
  BINARY: [254, 0, BINARY],
  VARBINARY: [253, 0, BINARY],
  TINYBLOB: [249, 0, BINARY],
  BLOB: [252, 0, BINARY],
  MEDIUMBLOB: [250, 0, BINARY],
  LONGBLOB: [251, 0, BINARY],
  BIT: [16, 0, BINARY],
  GEOMETRY: [255, 0, BINARY],
  JSON: [245],
  NULL: [6],
};

/** How the cells of a column are read. */
interface CellReader {
  readonly column: Column;
  readonly read: (cell: string) => unknown;
}

/** The result that a reply holds. Throws `DATA` or `DATABASE` with outcome `applied`. */
export function decode({ types, rows, rowsAffected, insertId }: Reply, values: ValueOptions): RawResult {
  const readers = types.map(({ name, type }) => cellReader(name, type, values));
  return {
    columns: readers.map(({ column }) => column),
    rows: applied(() => rows.map((row) => readRow(row, readers))),
    rowsAffected,
    ...(insertId === undefined ? {} : { insertId }),
  };
}

function readRow(row: readonly unknown[], readers: readonly CellReader[]): unknown[] {
  if (!Array.isArray(row) || row.length !== readers.length) throw garbled();
  return readers.map(({ read }, index) => {
    const cell: unknown = row[index];
    if (cell === null) return null;
    if (typeof cell !== 'string') throw garbled();
    return read(cell);
  });
}

function cellReader(name: string, type: string, values: ValueOptions): CellReader {
  const known = columnType(type);
  // Types of TiDB's own (VECTOR) come as text.
  if (known === undefined) return { column: { name, type: type.toLowerCase() }, read: (cell) => cell };
  const { from, decode: decodeText } = mysqlDecoder(known, values);
  const read = from === 'bytes' ? bytesOfHex : (decodeText ?? ((cell: string) => cell));
  return { column: { name, type: mysqlTypeName(known) }, read };
}

function columnType(name: string): MysqlColumnType | undefined {
  const unsigned = name.startsWith('UNSIGNED ');
  const base = unsigned ? name.slice('UNSIGNED '.length) : name;
  if (!Object.hasOwn(TYPES, base)) return undefined;
  const [type, flags = 0, charset = UTF8MB4] = TYPES[base]!;
  return { type, flags: flags | (unsigned ? UNSIGNED_FLAG : 0), charset, length: 0, decimals: NO_FIXED_SCALE };
}

function bytesOfHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw garbled();
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}

function garbled() {
  return connectorError(
    'DATABASE',
    'The statement ran, but its result is not in the form that TiDB Cloud answers in.',
    {
      outcome: 'applied',
    },
  );
}
