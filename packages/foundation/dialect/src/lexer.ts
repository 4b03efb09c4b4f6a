import type { Dialect } from './dialect.ts';

/**
 * What {@link lex} tells apart:
 * - `comment`: a comment, and on MySQL the opening `/*!80000` and the closing of a comment whose content is code;
 * - `word`: a keyword or an identifier without quotes;
 * - `quoted`: an identifier in quotes;
 * - `string`: `'…'`, `E'…'`, `$tag$…$tag$`, on MySQL also `"…"`; other prefixes (`X`, `N`, `U&`, `_utf8mb4`) stand before it;
 * - `number`: a numeric literal without its sign;
 * - `positional`: `?` on MySQL, `$n` on PostgreSQL;
 * - `named`: `:name`, wherever it stands: in a slice it is no placeholder;
 * - `punctuation`: a single character, or `::`, or `:=`.
 */
export type TokenKind = 'comment' | 'word' | 'quoted' | 'string' | 'number' | 'positional' | 'named' | 'punctuation';

/** Receives a token, `text.slice(start, end)`. White space is no token. Returning true ends the pass. */
export type TokenVisitor = (kind: TokenKind, start: number, end: number) => boolean | undefined;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const BANG = 33;
const DOUBLE_QUOTE = 34;
const HASH = 35;
const DOLLAR = 36;
const QUOTE = 39;
const STAR = 42;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;
const QUESTION = 63;
const UPPER_E = 69;
const BACKSLASH = 92;
const UNDERSCORE = 95;
const BACKTICK = 96;
const LOWER_E = 101;
const DELETE = 127;

/**
 * Cuts a text into tokens, in one pass and linear time, the way the server's own scanner does. Never throws: what is
 * not closed reaches to the end of the text.
 *
 * Server settings it takes for granted, because the text alone does not show them: `standard_conforming_strings=on`
 * on PostgreSQL, no `NO_BACKSLASH_ESCAPES` on MySQL. Without `ANSI_QUOTES` or with it, `"…"` is opaque. `$tag$` opens a
 * string on MySQL as well, as it does since MySQL 9; to earlier ones it is an identifier (deprecated since 8.0.32).
 */
export function lex(text: string, dialect: Dialect, visit: TokenVisitor): void {
  const mysql = dialect === 'mysql';
  const length = text.length;
  let inVersionComment = false;
  let position = 0;
  while (position < length) {
    const start = position++;
    const code = text.charCodeAt(start);
    if (code <= SPACE) continue;
    // NaN at the end of the text: every comparison with it is false.
    const next = text.charCodeAt(position);
    const tagEnd = code === DOLLAR ? dollarTagEnd(text, start) : 0;
    let kind: TokenKind = 'punctuation';

    if (code === QUOTE || code === DOUBLE_QUOTE || (code === BACKTICK && mysql)) {
      kind = code === QUOTE || (mysql && code === DOUBLE_QUOTE) ? 'string' : 'quoted';
      position = quoteEnd(text, position, code, mysql && code !== BACKTICK);
    } else if (isDigit(code)) {
      kind = 'number';
      position = skip(text, position, isNumberPart);
    } else if (code === DOLLAR && !mysql && isDigit(next)) {
      kind = 'positional';
      position = skip(text, position, isDigit);
    } else if (tagEnd > 0) {
      kind = 'string';
      position = dollarStringEnd(text, start, tagEnd);
    } else if (isWordPart(code) && (mysql || code !== DOLLAR)) {
      kind = 'word';
      position = skip(text, position, isWordPart);
      // On MySQL, and after other prefixes, what follows is a string like any other.
      if (!mysql && next === QUOTE && (code === UPPER_E || code === LOWER_E)) {
        kind = 'string';
        position = escapeStringEnd(text, position + 1);
      }
    } else if (code === COLON) {
      if (next === COLON || next === EQUALS) position++;
      else if (isNamePart(next) && !isDigit(next)) {
        // Not where the word goes on, or is the prefix of a string: `[1:a$b]`, `[1:E'…']`.
        const end = skip(text, position, isNamePart);
        const after = text.charCodeAt(end);
        if (!isWordPart(after) && after !== QUOTE) {
          kind = 'named';
          position = end;
        }
      }
    } else if (code === QUESTION) {
      if (mysql) kind = 'positional';
    } else if (code === SLASH && next === STAR) {
      kind = 'comment';
      if (mysql && text.charCodeAt(position + 1) === BANG) {
        inVersionComment = true;
        position += 2;
        // The version, which is not a number in the code: five or six digits.
        while (position < start + 9 && isDigit(text.charCodeAt(position))) position++;
      } else {
        position = blockCommentEnd(text, position + 1, !mysql);
      }
    } else if (code === STAR && next === SLASH && inVersionComment) {
      kind = 'comment';
      inVersionComment = false;
      position++;
    } else if (mysql ? code === HASH || isMysqlDashComment(text, start) : code === MINUS && next === MINUS) {
      kind = 'comment';
      position = lineEnd(text, position, !mysql);
    }
    if (visit(kind, start, position)) return;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** Of `:name`: ASCII only. */
function isNamePart(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === UNDERSCORE;
}

/** Of an identifier or keyword. Both servers take every character beyond ASCII for a letter. */
function isWordPart(code: number): boolean {
  return isTagPart(code) || code === DOLLAR;
}

/** Of the tag in `$tag$`. */
function isTagPart(code: number): boolean {
  return isNamePart(code) || code > DELETE;
}

function isNumberPart(code: number): boolean {
  return isTagPart(code) || code === DOT;
}

/** The first position from here on whose character is none of these; the end of the text is none. */
function skip(text: string, position: number, isPart: (code: number) => boolean): number {
  while (isPart(text.charCodeAt(position))) position++;
  return position;
}

/** The end of a string or quoted identifier whose opening quote is behind `position`. A doubled quote stands for one. */
function quoteEnd(text: string, position: number, quote: number, backslashes: boolean): number {
  const length = text.length;
  while (position < length) {
    const code = text.charCodeAt(position++);
    if (code === BACKSLASH && backslashes) position++;
    else if (code === quote && text.charCodeAt(position++) !== quote) return position - 1;
  }
  return length;
}

/**
 * The end of an `E'…'` string. PostgreSQL continues a string after white space with a newline and another quote,
 * and backslashes keep their meaning there, though the part has no `E` of its own.
 */
function escapeStringEnd(text: string, position: number): number {
  for (;;) {
    const end = quoteEnd(text, position, QUOTE, true);
    let newline = false;
    position = end;
    for (;;) {
      const code = text.charCodeAt(position);
      if (code === NEWLINE || code === RETURN) newline = true;
      if (code <= SPACE) position++;
      else if (code === MINUS && text.charCodeAt(position + 1) === MINUS) position = lineEnd(text, position, true);
      else break;
    }
    if (!newline || text.charCodeAt(position) !== QUOTE) return end;
    position++;
  }
}

/** The end of the `$tag$` that opens a string at `start`; 0 where none does. */
function dollarTagEnd(text: string, start: number): number {
  const end = skip(text, start + 1, isTagPart);
  return text.charCodeAt(end) === DOLLAR ? end + 1 : 0;
}

/** The end of a string whose opening `$tag$` is `text.slice(start, position)`. */
function dollarStringEnd(text: string, start: number, position: number): number {
  const close = text.indexOf(text.slice(start, position), position);
  return close < 0 ? text.length : close + position - start;
}

/** The end of a block comment whose opening is behind `position`. */
function blockCommentEnd(text: string, position: number, nested: boolean): number {
  const length = text.length;
  for (let depth = 1; position < length; position++) {
    const code = text.charCodeAt(position);
    const next = text.charCodeAt(position + 1);
    if (code === STAR && next === SLASH) {
      position++;
      if (--depth === 0) return position + 1;
    } else if (nested && code === SLASH && next === STAR) {
      position++;
      depth++;
    }
  }
  return length;
}

/** MySQL takes `--` for a comment only where white space or a control character follows, or nothing. */
function isMysqlDashComment(text: string, start: number): boolean {
  if (text.charCodeAt(start) !== MINUS || text.charCodeAt(start + 1) !== MINUS) return false;
  const after = text.charCodeAt(start + 2);
  return !(after > SPACE) || after === DELETE;
}

/** The end of the line; on PostgreSQL a carriage return ends it as well. */
function lineEnd(text: string, position: number, carriageReturn: boolean): number {
  const length = text.length;
  while (position < length) {
    const code = text.charCodeAt(position);
    if (code === NEWLINE || (carriageReturn && code === RETURN)) break;
    position++;
  }
  return position;
}
