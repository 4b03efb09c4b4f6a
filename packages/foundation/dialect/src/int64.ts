import { SqlTextError } from './sql-text-error.ts';
import type { ValueOptions } from './value.ts';

/** A decoder of 64-bit integers; undefined: the text as it is. The decoder throws `DATA` for what a number cannot hold. */
export function int64Decoder(option: ValueOptions['int64']): ((text: string) => unknown) | undefined {
  if (option === 'string') return undefined;
  return option === 'bigint' ? BigInt : safeInteger;
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new SqlTextError('DATA', "A 64-bit integer is beyond 2^53; choose int64: 'bigint' or 'string' to read it.");
}
