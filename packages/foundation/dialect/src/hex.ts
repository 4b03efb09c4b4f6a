/** Two hexadecimal digits for each byte value; made when first needed. */
let digits: readonly string[] | undefined;

/** Bytes as lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  digits ??= Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  let out = '';
  for (const byte of bytes) out += digits[byte];
  return out;
}
