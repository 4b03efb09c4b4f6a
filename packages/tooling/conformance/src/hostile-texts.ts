/** Texts that break a renderer which forgets a rule: `[name, text]`. None has a NUL, which PostgreSQL has no place for. */
export const hostileTexts: readonly (readonly [string, string])[] = [
  ['quote', "'"],
  ['two-quotes', "''"],
  ['quote-and-statement', "'; drop table victims; --"],
  ['backslash', '\\'],
  ['backslash-quote', "\\'; drop table victims; -- "],
  ['backslashes-quote', "\\\\'; drop table victims; -- "],
  ['double-quote', '"; drop table victims; --'],
  ['backtick', '`; drop table victims; --'],
  ['or-true', "' or '1'='1"],
  ['dollar-quotes', '$$; drop table victims; $$'],
  ['dollar-number', '$1 $2 $10'],
  ['dollar-replacement', "$& $` $' $0"],
  ['question-marks', '? ?? ?|'],
  ['names', ':a :b ::int'],
  ['block-comment', '/* */ /*! select 1 */'],
  ['open-comment', '/*'],
  ['close-comment', '*/ or 1=1 /*'],
  ['dashes', '-- x\n; select 1'],
  ['hash', '# x\n; select 1'],
  ['escape-prefix', "E'\\''"],
  ['introducer', "_binary'x' x'41' _utf8mb4 x'27'"],
  ['newlines', "a\n'\r\nb"],
  ['multibyte-tail', "\u00bf' or 1=1 -- "],
  ['gbk-trap', "\u7e17\\' or 1=1 -- "],
  ['wide-quotes', '\u02bc \u2019 \uff07 \u2032'],
  ['percent', '%27 %s %1$s'],
  ['template', '{{x}} #{x} <x>'],
  ['semicolons', ';;;'],
  ['control', '\x08\x1a\x01'],
  ['sjis-tail', "\u8868\u30bd\u80fd' or 1=1 -- "],
  ['every-plane', everyPlane()],
  ['noncharacters', "\ufffe\uffff\ufffd\ufeff'"],
];

/** A character of each plane of Unicode, each before a quote that it must not swallow. */
function everyPlane(): string {
  return Array.from({ length: 17 }, (_, plane) => `${String.fromCodePoint(plane * 0x10000 + 0x0f5c)}'`).join('');
}

/** Bytes that are no text, or that a lax reader takes for a quote, a backslash or a NUL: `[name, bytes]`. */
export const hostileBytes: readonly (readonly [string, Uint8Array])[] = [
  ['every-byte', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ['overlong-quote-2', Uint8Array.of(0xc0, 0xa7)],
  ['overlong-quote-3', Uint8Array.of(0xe0, 0x80, 0xa7)],
  ['overlong-quote-4', Uint8Array.of(0xf0, 0x80, 0x80, 0xa7)],
  ['overlong-backslash', Uint8Array.of(0xc1, 0x9c)],
  ['overlong-nul', Uint8Array.of(0xc0, 0x80)],
  ['surrogates', Uint8Array.of(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80)],
  ['beyond-unicode', Uint8Array.of(0xf4, 0x90, 0x80, 0x80)],
  ['five-and-six-bytes', Uint8Array.of(0xf8, 0x88, 0x80, 0x80, 0xa7, 0xfc, 0x84, 0x80, 0x80, 0x80, 0xa7)],
  ['lone-continuation', Uint8Array.of(0x80, 0x27)],
  ['cut-before-quote', Uint8Array.of(0xe3, 0x81, 0x27)],
  ['gbk-tail', Uint8Array.of(0xbf, 0x5c, 0x27)],
  ['sjis-tail', Uint8Array.of(0x95, 0x5c, 0x27)],
  ['never-in-utf8', Uint8Array.of(0xfe, 0xff, 0x27)],
];
