import type { Column, ValueOptions } from '@sqlport/core/spi';
import { mysqlDecoder, mysqlTypeName } from '@sqlport/dialect';
import { readLengthInteger } from './length-integer.ts';
import type { IncomingPacket } from './mysql2-connection.ts';
import type { ColumnDefinition } from './text-query.ts';
import { utf8Text } from './utf8-text.ts';

/** How the values of a column are read out of the bytes of their row. */
export interface CellReader {
  readonly kind: 'text' | 'bytes' | 'integer';
  /** Of `text`: what becomes of the text; undefined where the text is the value. */
  readonly decode: ((text: string) => unknown) | undefined;
}

/** What is decided about a result once, before its first row. */
export interface Shape {
  readonly columns: readonly Column[];
  readonly readers: readonly CellReader[];
}

export function shapeOf(definitions: readonly ColumnDefinition[], values: ValueOptions): Shape {
  return {
    columns: definitions.map((definition) => ({ name: definition.name, type: mysqlTypeName(definition) })),
    readers: definitions.map((definition) => cellReader(definition, values)),
  };
}

function cellReader(definition: ColumnDefinition, values: ValueOptions): CellReader {
  const decoder = mysqlDecoder(definition, values);
  if (decoder.from === 'bytes') return { kind: 'bytes', decode: undefined };
  const isInteger = SMALL_INTEGERS.has(definition.type) || (definition.type === BIGINT && values.int64 === 'number');
  return { kind: isInteger ? 'integer' : 'text', decode: decoder.decode };
}

/** TINYINT, SMALLINT, INT, MEDIUMINT, YEAR. */
const SMALL_INTEGERS: ReadonlySet<number> = new Set([1, 2, 3, 9, 13]);
const BIGINT = 8;

function readCell({ kind, decode }: CellReader, buffer: Buffer, start: number, end: number): unknown {
  // Without a string in between: most cells of most tables are small integers.
  if (kind === 'integer' && end - start <= 15) return readInteger(buffer, start, end);
  // A copy of its own: a slice would keep the whole chunk of the network alive.
  if (kind === 'bytes') return new Uint8Array(buffer.subarray(start, end));
  const text = utf8Text(buffer, start, end);
  return decode === undefined ? text : decode(text);
}

/** Reads up to 15 digits, which every number can hold, with a sign or without. */
function readInteger(buffer: Buffer, start: number, end: number): number {
  const negative = buffer[start] === 0x2d;
  let integer = 0;
  for (let index = negative ? start + 1 : start; index < end; index++) integer = integer * 10 + buffer[index]! - 0x30;
  return negative ? -integer : integer;
}

const NULL = 0xfb;

/** Reads a row: each value is its length and its bytes, or the byte 0xfb for NULL. */
export function readRow(packet: IncomingPacket, readers: readonly CellReader[]): unknown[] {
  const { buffer } = packet;
  const row = new Array<unknown>(readers.length);
  let offset = packet.offset;
  for (let index = 0; index < readers.length; index++) {
    const first = buffer[offset]!;
    if (first === NULL) {
      row[index] = null;
      offset++;
      continue;
    }
    let length: number;
    if (first < NULL) {
      length = first;
      offset++;
    } else {
      packet.offset = offset;
      length = Number(readLengthInteger(packet));
      offset = packet.offset;
    }
    row[index] = readCell(readers[index]!, buffer, offset, offset + length);
    offset += length;
  }
  return row;
}
