/** Reads PostgreSQL's bytea in both of its formats: `\x00ff`, and the older `\000\377` (bytea_output=escape). */
export function decodeBytea(text: string): Uint8Array {
  return text.startsWith('\\x') ? fromHex(text) : fromEscapes(text);
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let at = 0, position = 2; at < bytes.length; at++, position += 2) {
    bytes[at] = nibble(text.charCodeAt(position)) * 16 + nibble(text.charCodeAt(position + 1));
  }
  return bytes;
}

/** The value of a hexadecimal digit: letters follow `@`, digits have their value in the low bits. */
function nibble(code: number): number {
  return (code & 15) + (code > 57 ? 9 : 0);
}

/** A backslash is doubled, unprintable bytes are a backslash and three octal digits, others are themselves. */
function fromEscapes(text: string): Uint8Array {
  const plain = text.replace(/\\(?:\\|([0-7]{3}))/g, (_, octal?: string) =>
    octal ? String.fromCharCode(Number.parseInt(octal, 8)) : '\\',
  );
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
