import { type Dialect, lex, planOf, postgresLiteral, type StatementPlan, type TokenKind } from '@sqlport/dialect';

/** By plan, which is kept as long as the text is in use. */
const safeTexts = new WeakMap<StatementPlan, string>();

/**
 * The same statement in a form that the API's own search for `:name` cannot misread. That search knows quotes,
 * quoted identifiers and comments, but no dollar quotes and no slices; whether it knows backslashes, and where a comment
 * begins and ends, is not documented, so the text is made to read the same either way.
 */
export function scannerSafe(text: string, dialect: Dialect): string {
  const plan = planOf(text, dialect);
  let safe = safeTexts.get(plan);
  if (safe === undefined) {
    safe = rewritten(text, dialect);
    safeTexts.set(plan, safe);
  }
  return safe;
}

function rewritten(text: string, dialect: Dialect): string {
  let out = '';
  let done = 0;
  let previous: TokenKind | undefined;
  /** Whether the string belongs to a prefix: its own, or that of the string which it continues. */
  let prefixed = false;
  const escapes = text.includes('\\');
  lex(text, dialect, (kind, start, end) => {
    const token = text.slice(start, end);
    const continues = previous === 'string';
    if (kind === 'string' && !continues) prefixed = PREFIX.test(text.slice(Math.max(0, start - 3), start));
    const replacement =
      kind === 'string'
        ? dialect === 'mysql'
          ? withoutEscapedQuotes(token)
          : safePostgresString(token, escapes && !prefixed, continues)
        : kind === 'comment'
          ? safeComment(token, text.charAt(end), dialect)
          : kind === 'named' || (token === ':' && /[\w$]/.test(text.charAt(end)))
            ? `: ${token.slice(1)}`
            : escapes && isNational(token, text.charAt(end), dialect)
              ? 'nchar'
              : isFalseComment(text, start, dialect)
                ? '- '
                : token;
    if (replacement !== token) {
      out += text.slice(done, start) + replacement;
      done = end;
    }
    if (kind !== 'comment') previous = kind;
    return false;
  });
  return out + text.slice(done);
}

/** What makes another kind of string of what follows: `B`, `X`, `U&`. The end of a longer word does not: `select'…'`. */
const PREFIX = /(?:^|[^\w$\x80-\uffff])(?:[bx]|u&)$/i;

/** The `N` of `N'…'`, which an E string cannot follow; it does follow the type for which it stands. */
function isNational(token: string, next: string, dialect: Dialect): boolean {
  return dialect === 'postgres' && next === "'" && /^n$/i.test(token);
}

/**
 * `escapes`: a plain string is to be an E string, so that it holds backslashes for any reader; the server takes the
 * strings that continue it for parts of it. `continues`: this is one of those.
 */
function safePostgresString(token: string, escapes: boolean, continues: boolean): string {
  if (token.startsWith('$')) {
    const tag = token.slice(0, token.indexOf('$', 1) + 1);
    if (token.length < 2 * tag.length || !token.endsWith(tag)) return token;
    return ` ${postgresLiteral(token.slice(tag.length, -tag.length))}`;
  }
  if (!token.startsWith("'")) return token.slice(0, 2) + safeEscapeString(token.slice(2));
  // A backslash is a character like any other here. Doubled in an E string it means the same, to any reader.
  if (!escapes) return token;
  return (continues ? '' : ' E') + token.replaceAll('\\', '\\\\');
}

/** `\'` written as `''`, so that a quote which ends nothing never stands alone. */
function withoutEscapedQuotes(token: string): string {
  return token.replace(/\\(.)/gs, (pair, escaped: string) => (escaped === token[0] ? escaped + escaped : pair));
}

/** An E string behind its opening quote. It may go on behind a comment, in another pair of quotes. */
function safeEscapeString(token: string): string {
  return token.replace(/\\(.)|'(?:[\0- ]|--[^\n\r]*[\n\r])*'/gs, (part, escaped?: string) =>
    escaped === undefined ? part.replace(/--[^\n\r]*/g, '') : escaped === "'" ? "''" : part,
  );
}

/** No comment stays whose beginning or end readers could disagree on. `next`: the character behind it. */
function safeComment(token: string, next: string, dialect: Dialect): string {
  if (token.startsWith('/*')) {
    // What is not closed is left to the server to refuse. Nested ones are PostgreSQL's own.
    if (!token.endsWith('*/') || !token.includes('/*', 2)) return token;
    // PostgreSQL continues a string behind blanks, but not behind a comment.
    return dialect === 'postgres' ? '/**/' : ' ';
  }
  // The end of MySQL's own code.
  if (token === '*/') return token;
  if (next === '\r' || UNCLEAR_LINE.test(token)) return ' ';
  return token.startsWith('#') ? `-- ${token.slice(1)}` : token;
}

/** A carriage return ends a line for some; MySQL takes any control character behind `--` for a blank. */
const UNCLEAR_LINE = /[\0-\x08\x0b-\x1f\x7f]/;

/** `--` that begins no comment on MySQL, as in `5--1`. */
function isFalseComment(text: string, start: number, dialect: Dialect): boolean {
  return dialect === 'mysql' && text.startsWith('--', start);
}
