/** What the contract needs of a session. Set by the start-up packet, which costs no round trip. */
export const SESSION = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
} as const;

/** The part of it that RDS Proxy takes in a start-up packet, and keeps for the session whichever backend serves it. */
export const PROXIED_SESSION = {
  TimeZone: SESSION.TimeZone,
  DateStyle: SESSION.DateStyle,
  extra_float_digits: SESSION.extra_float_digits,
} as const;

/** How the settings of a session must read that somebody else has made, by name. */
export const REQUIRED: Readonly<Record<string, RegExp>> = {
  TimeZone: /^(?:UTC|Etc\/UTC|GMT)$/i,
  DateStyle: /^ISO/,
  IntervalStyle: /^postgres$/,
  bytea_output: /^hex$/,
  standard_conforming_strings: /^on$/,
  client_encoding: /^UTF-?8$/i,
  integer_datetimes: /^on$/,
};

/** The names of settings that are not what they must be. What is not known counts as right. */
export function wrongSettings(known: ReadonlyMap<string, string>): readonly string[] {
  return Object.entries(REQUIRED).flatMap(([name, pattern]) => {
    const value = known.get(name);
    return value === undefined || pattern.test(value) ? [] : [name];
  });
}
