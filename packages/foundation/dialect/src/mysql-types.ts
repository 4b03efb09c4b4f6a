import type { MysqlColumnType } from './mysql-values.ts';

/** enum_field_types of the integers, which may be unsigned; of other numbers some wires do not tell. */
const INTEGERS: Readonly<Record<number, string>> = {
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  8: 'bigint',
  9: 'mediumint',
};

const OTHERS: Readonly<Record<number, string>> = {
  0: 'decimal',
  4: 'float',
  5: 'double',
  6: 'null',
  7: 'timestamp',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  16: 'bit',
  242: 'vector',
  245: 'json',
  246: 'decimal',
  247: 'enum',
  248: 'set',
  255: 'geometry',
};

/** Those that hold text or bytes: the two names. MySQL's own protocol knows one size of TEXT and BLOB, 252; others name four. */
const TEXT_OR_BYTES: Readonly<Record<number, readonly [text: string, bytes: string]>> = {
  15: ['varchar', 'varbinary'],
  249: ['text', 'blob'],
  250: ['text', 'blob'],
  251: ['text', 'blob'],
  252: ['text', 'blob'],
  253: ['varchar', 'varbinary'],
  254: ['char', 'binary'],
};

const BINARY = 63;
const UNSIGNED_FLAG = 32;
const ENUM_FLAG = 256;
const SET_FLAG = 2048;

/** MySQL's name of a column's type, lower case: `bigint unsigned`, `varchar`, `text`, `blob`; `type:300` if unknown. */
export function mysqlTypeName(column: MysqlColumnType): string {
  const { type, flags, charset } = column;
  const integer = INTEGERS[type];
  if (integer) return flags & UNSIGNED_FLAG ? `${integer} unsigned` : integer;
  if (flags & ENUM_FLAG) return 'enum';
  if (flags & SET_FLAG) return 'set';
  return OTHERS[type] ?? TEXT_OR_BYTES[type]?.[charset === BINARY ? 1 : 0] ?? `type:${type}`;
}
