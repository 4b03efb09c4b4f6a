import { Decimal, type Value } from '../value.ts';
import type { MysqlColumn } from './columns.ts';

/** Reads a value from the server's text. */
export function readMysqlValue(bytes: Buffer, { read, typeName }: MysqlColumn): Value {
  if (read === 'bytes') return bytes;
  if (typeName === 'BIT') return bytes[0] !== 0;
  const text = bytes.toString('utf8');
  switch (read) {
    case 'boolean':
      return text !== '0';
    case 'long':
      return BigInt(text);
    case 'double':
      return Number(text);
    case 'decimal':
      return new Decimal(text);
    case 'temporal':
      return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    default:
      return text;
  }
}
