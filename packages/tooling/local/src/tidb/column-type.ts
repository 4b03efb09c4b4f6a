/** A column as the engine describes it on the wire. */
export interface EngineColumn {
  readonly name: string;
  readonly columnType: number;
  readonly flags: number;
  readonly characterSet: number;
  /** In bytes. */
  readonly columnLength: number;
}

/** A column as `/v1beta/sql` describes it. */
export interface WireColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

const flag = { notNull: 1, unsigned: 32, enum: 256, set: 2048 };
const binaryCharacterSet = 63;

/** The protocol's numbers of types whose name depends on nothing else. */
const plainNames: Readonly<Record<number, string>> = {
  0: 'DECIMAL',
  4: 'FLOAT',
  5: 'DOUBLE',
  6: 'NULL',
  7: 'TIMESTAMP',
  10: 'DATE',
  11: 'TIME',
  12: 'DATETIME',
  13: 'YEAR',
  14: 'DATE',
  16: 'BIT',
  242: 'VECTOR',
  245: 'JSON',
  246: 'DECIMAL',
  247: 'ENUM',
  248: 'SET',
  255: 'GEOMETRY',
};
const integerNames: Readonly<Record<number, string>> = {
  1: 'TINYINT',
  2: 'SMALLINT',
  3: 'INT',
  8: 'BIGINT',
  9: 'MEDIUMINT',
};
const stringType = { varchar: 15, varString: 253, string: 254 };

/** The service's type names are those of Go's MySQL driver; the npm driver's table of casts has the same. */
export function wireColumn(column: EngineColumn): WireColumn {
  return { name: column.name, type: typeName(column), nullable: (column.flags & flag.notNull) === 0 };
}

/** A cell as text: hexadecimal for binary types, otherwise as the engine writes it. */
export function wireText(type: string, cell: Buffer | null): string | null {
  if (cell === null) return null;
  return cell.toString(isBinary(type) ? 'hex' : 'utf8');
}

const isBinary = (type: string): boolean => type === 'BIT' || type.endsWith('BINARY') || type.endsWith('BLOB');

function typeName(column: EngineColumn): string {
  const { columnType, flags, characterSet } = column;
  const plain = plainNames[columnType];
  if (plain) return plain;
  const integer = integerNames[columnType];
  if (integer) return flags & flag.unsigned ? `UNSIGNED ${integer}` : integer;
  if (flags & flag.enum) return 'ENUM';
  if (flags & flag.set) return 'SET';
  const binary = characterSet === binaryCharacterSet;
  if (columnType === stringType.string) return binary ? 'BINARY' : 'CHAR';
  if (columnType === stringType.varchar || columnType === stringType.varString) return binary ? 'VARBINARY' : 'VARCHAR';
  return `${sizeName(column)}${binary ? 'BLOB' : 'TEXT'}`;
}

/** MySQL sends one type for all BLOBs and TEXTs, with the length in bytes; TiDB sends one for each. */
function sizeName({ columnLength, characterSet }: EngineColumn): string {
  // Four bytes a character in utf8mb4.
  const length = characterSet === binaryCharacterSet ? columnLength : columnLength / 4;
  if (length < 2 ** 8) return 'TINY';
  if (length < 2 ** 16) return '';
  return length < 2 ** 24 ? 'MEDIUM' : 'LONG';
}
