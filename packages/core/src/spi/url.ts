import { ConnectorError } from '../errors.ts';

/** What an adapter's URL may hold. */
export interface UrlFormat {
  /** The adapter's name. */
  readonly scheme: string;
  /** The query keys that may be given, with the type of their values. */
  readonly query: Readonly<Record<string, 'text' | 'integer'>>;
}

/** The parts of a URL, percent-decoded; what it does not name is left out. */
export interface UrlParts {
  readonly user?: string;
  readonly password?: string;
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly database?: string;
  readonly query: Readonly<Record<string, string | number>>;
}

// Each part takes only what RFC 3986 allows it unencoded, so that a password with '@', '/', ':', '?' or '#' in it
// fails here instead of ending up in another part.
const USER_INFO = "(?:[\\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*";
const SHAPE = new RegExp(
  `^([a-z][a-z0-9+.-]*)://(?:(${USER_INFO})(?::(${USER_INFO}))?@)?(\\[[0-9A-Fa-f:.]+\\]|[\\w.-]+)(?::(\\d{1,5}))?(?:/([^/?#@\\s]*))?(?:\\?([^#\\s]*))?$`,
);

/**
 * Reads `scheme://user:password@host:port/database?key=value`. Stricter than WHATWG's parser, which moves parts
 * of a password that is not percent-encoded into the host. `+` is a plus sign everywhere.
 * Throws `CONFIG`; no message repeats the URL or a value from it.
 */
export function parseUrl(url: string, format: UrlFormat): UrlParts {
  const { scheme } = format;
  const match = SHAPE.exec(url);
  if (match === null || match[1] !== scheme) {
    throw wrong(
      scheme,
      `must look like ${scheme}://user@host:port/database?key=value, with special characters percent-encoded ` +
        '(encodeURIComponent), above all in the password.',
    );
  }
  const [, , user, password, host, port, database, query] = match;
  return {
    ...(user ? { user: decoded(user, 'user name', scheme) } : {}),
    ...(password === undefined ? {} : { password: decoded(password, 'password', scheme) }),
    host: host!.replace(/^\[|\]$/g, '').toLowerCase(),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(database ? { database: decoded(database, 'database', scheme) } : {}),
    query: query ? queryOf(query, format) : {},
  };
}

function queryOf(query: string, format: UrlFormat): Record<string, string | number> {
  const found: Record<string, string | number> = {};
  for (const pair of query.split('&')) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair)!;
    const known = Object.keys(format.query).join(', ');
    if (!Object.hasOwn(format.query, key)) {
      // Only a key that cannot be a piece of a password is repeated.
      const named = /^[A-Za-z]{1,24}$/.test(key) && pair.includes('=') ? ` "${key}"` : '';
      throw wrong(format.scheme, `has an unknown query key${named}. Keys: ${known}.`);
    }
    if (Object.hasOwn(found, key)) throw wrong(format.scheme, `gives "${key}" twice.`);
    const text = decoded(value, `value of "${key}"`, format.scheme);
    if (format.query[key] === 'integer' && !/^\d{1,10}$/.test(text)) {
      throw wrong(format.scheme, `needs a whole number for "${key}".`);
    }
    found[key] = format.query[key] === 'integer' ? Number(text) : text;
  }
  return found;
}

function decoded(part: string, what: string, scheme: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong(scheme, `has a ${what} that is not percent-encoded UTF-8.`);
  }
}

function wrong(scheme: string, what: string): ConnectorError {
  return new ConnectorError('CONFIG', `${scheme}: the URL ${what}`, { adapter: scheme });
}
