/** Every character of the BMP but NUL and the surrogates, in pieces that a server takes in one literal. */
function basicPlane(): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < 0x10000; from += 2_048) {
    let piece = '';
    for (let code = Math.max(1, from); code < from + 2_048; code++) {
      if (code < 0xd800 || code > 0xdfff) piece += String.fromCharCode(code);
    }
    if (piece) pieces.push(piece);
  }
  return pieces;
}

/** Strings that have broken out of some literal somewhere. None has a NUL character. */
export const HOSTILE_STRINGS: readonly string[] = [
  ...basicPlane(),
  '',
  "'",
  "''",
  '"',
  '`',
  '\\',
  "\\'",
  "\\\\'",
  "'\\",
  '\\x00',
  '\\u0041',
  "E'",
  "' or 1=1 -- ",
  "'; select 1; --",
  '/*',
  '*/',
  '/*! 1 */',
  '-- ',
  '#',
  '%_',
  '\\%\\_',
  '$1',
  '$$',
  '?',
  ':a',
  '\n\r\t\b\x1a\x7f',
  'é',
  '😀\u{10ffff}',
  '\u00bf\u005c\u0027',
  // Second bytes in GBK and Shift JIS that are a backslash or a quote in ASCII: 縗, 誠, 表, ソ, 能.
  '縗誠\'表\\ソ"能',
  ' leading and trailing ',
];
