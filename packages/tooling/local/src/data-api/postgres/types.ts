/** What is known of a type from its name: how the service reads it, and what JDBC says of it. */
export interface KnownType {
  /** The code of `java.sql.Types`. */
  readonly code: number;
  readonly read: Reading;
  readonly precision?: number;
  readonly scale?: number;
  readonly signed?: boolean;
  readonly caseSensitive?: boolean;
}

/** How a value is read from the server's text. */
export type Reading = 'boolean' | 'long' | 'double' | 'decimal' | 'text' | 'date' | 'instant' | 'bytes' | 'unsupported';

const unlimited = 2_147_483_647;
const number = { signed: true, caseSensitive: false } as const;
const time = { caseSensitive: false, scale: 6 } as const;
const text = { read: 'text', precision: unlimited } as const;
const unsupported = { read: 'unsupported', code: 1111 } as const;

const knownTypes: Readonly<Record<string, KnownType>> = {
  bool: { code: -7, read: 'boolean', precision: 1, caseSensitive: false },
  int2: { code: 5, read: 'long', precision: 5, ...number },
  int4: { code: 4, read: 'long', precision: 10, ...number },
  int8: { code: -5, read: 'long', precision: 19, ...number },
  oid: { code: -5, read: 'long', precision: 10, caseSensitive: false },
  float4: { code: 7, read: 'double', precision: 8, scale: 8, ...number },
  float8: { code: 8, read: 'double', precision: 17, scale: 17, ...number },
  numeric: { code: 2, read: 'decimal', ...number },
  text: { code: 12, ...text },
  varchar: { code: 12, ...text },
  name: { code: 12, read: 'text', precision: 63 },
  bpchar: { code: 1, ...text },
  uuid: { code: 1111, read: 'text', precision: 36, caseSensitive: false },
  json: { code: 1111, ...text },
  jsonb: { code: 1111, ...text },
  bytea: { code: -2, read: 'bytes', precision: unlimited },
  date: { code: 91, read: 'date', precision: 13, caseSensitive: false },
  time: { code: 92, read: 'text', precision: 15, ...time },
  timetz: { code: 92, read: 'text', precision: 21, ...time },
  timestamp: { code: 93, read: 'date', precision: 29, ...time },
  timestamptz: { code: 93, read: 'instant', precision: 35, ...time },
  refcursor: { code: 2012, ...text },
  money: { ...unsupported, code: 8 },
  xml: { ...unsupported, code: 2009 },
  char: { ...unsupported, code: 1 },
  interval: unsupported,
  regclass: unsupported,
  regtype: unsupported,
  regproc: unsupported,
  point: unsupported,
  line: unsupported,
  lseg: unsupported,
  box: unsupported,
  path: unsupported,
  polygon: unsupported,
  circle: unsupported,
};

/** Types of users: enums, composites … */
export const userType: KnownType = { code: 1111, ...text };

/** Of a type that comes with the server. Everything not named (inet, ranges, tsvector …) travels as text, too. */
export const knownType = (name: string): KnownType => knownTypes[name] ?? userType;

/** Types of parameters. */
export const parameterTypes = {
  unknown: 0,
  bool: 16,
  bytea: 17,
  int8: 20,
  text: 25,
  json: 114,
  float8: 701,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  numeric: 1700,
  uuid: 2950,
} as const;
