/** How an engine writes what may hold something that looks like a placeholder. */
export interface Quoting {
  /** The characters that open and close strings and identifiers. */
  readonly quotes: string;
  /** Of those, the ones within which a backslash escapes. */
  readonly escaping: string;
  /** What begins a comment that ends with the line. */
  readonly lineComments: readonly string[];
  /** Whether there are dollar quotes. */
  readonly dollarQuotes: boolean;
}

export const postgresQuoting: Quoting = {
  quotes: `'"`,
  escaping: '',
  lineComments: ['--'],
  dollarQuotes: true,
};

export const mysqlQuoting: Quoting = {
  quotes: `'"\``,
  escaping: `'"`,
  lineComments: ['-- ', '--\n', '--\t', '#'],
  dollarQuotes: false,
};

/** A statement, split at its placeholders. */
export interface ScannedSql {
  /** The text around the placeholders: one piece more than there are names. */
  readonly pieces: readonly string[];
  /** The names of the placeholders in order; one may come several times. */
  readonly names: readonly string[];
  /** Whether something follows a semicolon. */
  readonly several: boolean;
}

const nameCharacter = /[A-Za-z0-9_]/;
const dollarTag = /^\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/;

/**
 * Finds the placeholders as the service does, with its faults: it knows quotes, identifiers and comments, but neither
 * PostgreSQL's `$$…$$` nor array slices, so `$$a :b$$` and `a[1:2]` are taken for placeholders. `::` is a cast, and a
 * colon before anything that cannot be in a name (MySQL's `:=`) is only a colon.
 */
export function scanPlaceholders(sql: string, quoting: Quoting): ScannedSql {
  const pieces: string[] = [];
  const names: string[] = [];
  let start = 0;
  let at = 0;
  let ended = false;
  let several = false;
  // A function's body may hold semicolons: for those alone, dollar quotes count.
  let dollarQuote: string | undefined;
  while (at < sql.length) {
    const after = skipQuotedOrComment(sql, at, quoting);
    if (after > at) {
      if (ended && quoting.quotes.includes(sql[at]!)) several = true;
      at = after;
      continue;
    }
    const char = sql[at]!;
    const tag = quoting.dollarQuotes && char === '$' ? dollarTag.exec(sql.slice(at, at + 66))?.[0] : undefined;
    if (tag && (dollarQuote === undefined || dollarQuote === tag)) {
      dollarQuote = dollarQuote === undefined ? tag : undefined;
      at += tag.length;
      continue;
    }
    if (dollarQuote === undefined) {
      if (ended && !/[\s;]/.test(char)) several = true;
      if (char === ';') ended = true;
    }
    if (char !== ':') {
      at++;
    } else if (sql[at + 1] === ':') {
      at += 2;
    } else {
      let end = at + 1;
      while (end < sql.length && nameCharacter.test(sql[end]!)) end++;
      if (end > at + 1) {
        pieces.push(sql.slice(start, at));
        names.push(sql.slice(at + 1, end));
        start = end;
      }
      at = end;
    }
  }
  return { pieces: [...pieces, sql.slice(start)], names, several };
}

/** The place behind what begins at `at`, if that is a string, an identifier or a comment; else `at` itself. */
function skipQuotedOrComment(sql: string, at: number, quoting: Quoting): number {
  const char = sql[at]!;
  if (quoting.quotes.includes(char)) {
    const escapes = quoting.escaping.includes(char);
    // A doubled quote ends one string and begins the next, which comes to the same.
    let end = at + 1;
    while (end < sql.length && sql[end] !== char) end += escapes && sql[end] === '\\' ? 2 : 1;
    return end + 1;
  }
  if (sql.startsWith('/*', at)) {
    const end = sql.indexOf('*/', at + 2);
    return end < 0 ? sql.length : end + 2;
  }
  if (quoting.lineComments.some((opening) => sql.startsWith(opening, at))) {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end;
  }
  return at;
}
