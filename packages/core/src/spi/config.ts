import { ConnectorError } from '../errors.ts';

/**
 * Looks at one field of a configuration. Answers what the field must be (`'a whole number from 1 to 65535'`), or
 * undefined where the value is right. Never repeats the value: it may be a secret.
 */
export type FieldCheck = (value: unknown) => string | undefined;

/**
 * Checks a configuration field by field; called by an adapter's factory before anything is loaded or opened.
 * Fields that are undefined count as left out. Throws `CONFIG` that names the first field that is unknown or wrong.
 */
export function checkFields(config: unknown, fields: Readonly<Record<string, FieldCheck>>, adapter: string): void {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new ConnectorError('CONFIG', `${adapter}: the configuration must be an object.`, { adapter });
  }
  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).join(', ');
      throw new ConnectorError('CONFIG', `${adapter}: there is no field "${name}". Fields: ${known}.`, { adapter });
    }
  }
  for (const [name, check] of Object.entries(fields)) {
    const wanted = check(Object.hasOwn(config, name) ? (config as Record<string, unknown>)[name] : undefined);
    if (wanted !== undefined) throw fieldError(adapter, name, wanted);
  }
}

/** The `CONFIG` error for one field, for checks that look at several fields at once. `wanted`: what it must be. */
export function fieldError(adapter: string, field: string, wanted: string): ConnectorError {
  return new ConnectorError('CONFIG', `${adapter}: "${field}" must be ${wanted}.`, { adapter });
}

/** Host names of this machine, as WHATWG URLs write them. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The checks that configurations are made of: `{ host: check.hostName, port: check.optional(check.port) }`. */
export const check = {
  /** The field may be left out. */
  optional:
    (wanted: FieldCheck): FieldCheck =>
    (value) =>
      value === undefined ? undefined : wanted(value),

  /** A string with at least one character and no NUL, which no wire can carry. */
  text: (value: unknown) =>
    typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'a string that is not empty',

  /** A host name or an IP address: without scheme, port, path or user. */
  hostName: (value: unknown) =>
    typeof value === 'string' && /^[\w.:-]+$/.test(value)
      ? undefined
      : 'a host name or an IP address, without scheme, port or path',

  /** A whole number within bounds, both included. */
  integer,

  /** A TCP port. */
  port: integer(1, 65_535),

  /** A time span in milliseconds: at the most what a timer can be set for. */
  milliseconds: integer(1, 2_147_483_647),

  /** True or false. */
  boolean: (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false'),

  /** One of a few strings. */
  oneOf:
    (...values: readonly string[]): FieldCheck =>
    (value) =>
      values.includes(value as string) ? undefined : values.map((each) => `"${each}"`).join(' or '),

  /** The address of a service: `https:`, or `http:` to this machine, where nobody listens in. */
  endpoint: (value: unknown) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
    return isSafe && url.username === '' && url.password === ''
      ? undefined
      : 'an https: URL, or http: to this machine only, without a user or password';
  },

  /** PEM certificates: a string, or several. */
  certificates: (value: unknown) => {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isPem = (each: unknown) => typeof each === 'string' && each.includes('-----BEGIN CERTIFICATE-----');
    return all.length > 0 && all.every(isPem) ? undefined : 'PEM certificates: a string or an array of strings';
  },

  /** Any object; what is in it is checked by who it is for. */
  object: (value: unknown) => (typeof value === 'object' && value !== null ? undefined : 'an object'),
} satisfies Record<string, FieldCheck | ((...args: never[]) => FieldCheck)>;

function integer(least: number, most: number): FieldCheck {
  return (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `a whole number from ${least} to ${most}`;
}
