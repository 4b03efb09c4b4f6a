import mysql from 'mysql2';
import type { ColumnMetadata } from '../session.ts';

/** A column as the server's column definition packet has it; mysql2's types lack half of it. */
export interface MysqlField {
  readonly name: string;
  readonly orgName: string;
  readonly orgTable: string;
  readonly schema: string;
  readonly characterSet: number;
  readonly columnLength: number;
  readonly columnType: number;
  readonly flags: number;
  readonly decimals: number;
}

/** How a value is read from the server's text. */
type Reading = 'boolean' | 'long' | 'double' | 'decimal' | 'text' | 'temporal' | 'bytes' | 'unsupported';

export interface MysqlColumn {
  readonly typeName: string;
  /** The code of `java.sql.Types`. */
  readonly code: number;
  readonly read: Reading;
}

const flag = { notNull: 1, unsigned: 32, binary: 128, enum: 256, autoIncrement: 512, set: 2048 } as const;
const binaryCharacterSet = 63;
/** The connection's character set, utf8mb4, counts this many bytes a character. */
const bytesPerCharacter = 4;
const { Types } = mysql;

/** What a column is, by the rules of MySQL's JDBC driver. */
export function classify(field: MysqlField): MysqlColumn {
  const { columnType, columnLength, flags, characterSet } = field;
  const unsigned = (flags & flag.unsigned) !== 0;
  const binary = characterSet === binaryCharacterSet;
  const integer = (name: string, code: number): MysqlColumn => ({
    typeName: unsigned ? `${name} UNSIGNED` : name,
    code,
    read: 'long',
  });
  const text = (typeName: string, code: number): MysqlColumn => ({ typeName, code, read: 'text' });
  const bytes = (typeName: string, code: number): MysqlColumn => ({ typeName, code, read: 'bytes' });
  switch (columnType) {
    case Types.TINY:
      if (columnLength === 1 && !unsigned) return { typeName: 'TINYINT', code: -7, read: 'boolean' };
      return integer('TINYINT', -6);
    case Types.SHORT:
      return integer('SMALLINT', 5);
    case Types.INT24:
      return integer('MEDIUMINT', 4);
    case Types.LONG:
      return integer('INT', 4);
    case Types.LONGLONG:
      return integer('BIGINT', -5);
    case Types.FLOAT:
      return { typeName: unsigned ? 'FLOAT UNSIGNED' : 'FLOAT', code: 7, read: 'double' };
    case Types.DOUBLE:
      return { typeName: unsigned ? 'DOUBLE UNSIGNED' : 'DOUBLE', code: 8, read: 'double' };
    case Types.DECIMAL:
    case Types.NEWDECIMAL:
      return { typeName: unsigned ? 'DECIMAL UNSIGNED' : 'DECIMAL', code: 3, read: 'decimal' };
    case Types.BIT:
      return columnLength === 1 ? { typeName: 'BIT', code: -7, read: 'boolean' } : bytes('BIT', -3);
    case Types.YEAR:
      return text('YEAR', 91);
    case Types.DATE:
    case Types.NEWDATE:
      return { typeName: 'DATE', code: 91, read: 'temporal' };
    case Types.TIME:
      return { typeName: 'TIME', code: 92, read: 'temporal' };
    case Types.DATETIME:
      return { typeName: 'DATETIME', code: 93, read: 'temporal' };
    case Types.TIMESTAMP:
      return { typeName: 'TIMESTAMP', code: 93, read: 'temporal' };
    case Types.JSON:
      return text('JSON', -1);
    case Types.GEOMETRY:
      return { typeName: 'GEOMETRY', code: -2, read: 'unsupported' };
    case Types.NULL:
      return text('NULL', 0);
    case Types.TINY_BLOB:
    case Types.MEDIUM_BLOB:
    case Types.LONG_BLOB:
    case Types.BLOB: {
      const size = blobSize(binary ? columnLength : columnLength / bytesPerCharacter);
      return binary ? bytes(`${size}BLOB`, size === 'TINY' ? -3 : -4) : text(`${size}TEXT`, size === 'TINY' ? 12 : -1);
    }
    case Types.STRING:
      if (flags & flag.enum) return text('ENUM', 1);
      if (flags & flag.set) return text('SET', 1);
      return binary ? bytes('BINARY', -2) : text('CHAR', 1);
    case Types.ENUM:
      return text('ENUM', 1);
    case Types.SET:
      return text('SET', 1);
    default:
      return binary ? bytes('VARBINARY', -3) : text('VARCHAR', 12);
  }
}

/** The family of blobs is one type on the wire, told apart by its length. */
const blobSize = (length: number): string =>
  length <= 255 ? 'TINY' : length <= 65_535 ? '' : length <= 16_777_215 ? 'MEDIUM' : 'LONG';

/** `columnMetadata` as MySQL's JDBC driver would have it. */
export function describeMysqlColumn(field: MysqlField): ColumnMetadata {
  const { typeName, code, read } = classify(field);
  const numeric = read === 'long' || read === 'double' || read === 'decimal';
  const unsigned = (field.flags & flag.unsigned) !== 0;
  return {
    arrayBaseColumnType: 0,
    isAutoIncrement: (field.flags & flag.autoIncrement) !== 0,
    isCaseSensitive: read === 'bytes' || (read === 'text' && (field.flags & flag.binary) !== 0),
    isCurrency: false,
    isSigned: numeric && !unsigned,
    label: field.name,
    name: field.orgName || field.name,
    nullable: field.flags & flag.notNull ? 0 : 1,
    precision: precisionOf(field, read, unsigned),
    // 31 where FLOAT and DOUBLE have none of their own.
    scale: read === 'decimal' || read === 'double' ? field.decimals : 0,
    schemaName: field.schema,
    tableName: field.orgTable,
    type: code,
    typeName,
  };
}

function precisionOf({ columnLength, decimals, characterSet }: MysqlField, read: Reading, unsigned: boolean): number {
  if (read === 'decimal') return columnLength - (unsigned ? 0 : 1) - (decimals ? 1 : 0);
  if (read === 'long') return columnLength - (unsigned ? 0 : 1);
  const characters = read === 'text' && characterSet !== binaryCharacterSet;
  return Math.min(characters ? Math.floor(columnLength / bytesPerCharacter) : columnLength, 2_147_483_647);
}
