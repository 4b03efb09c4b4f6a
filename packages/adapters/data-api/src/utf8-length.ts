const encoder = new TextEncoder();

/** The length of a text in UTF-8, in bytes. By what Node has for it where there is such a thing: that is faster. */
export function utf8Length(text: string): number {
  return typeof Buffer === 'undefined' ? encoder.encode(text).length : Buffer.byteLength(text);
}
