/** Defaults that a server may have and that no client should trust: each changes what a value looks like or means. */
export const hostileSettings: readonly string[] = [
  'datestyle=SQL, DMY',
  'timezone=Asia/Tokyo',
  'intervalstyle=sql_standard',
  'bytea_output=escape',
  'extra_float_digits=-15',
  'standard_conforming_strings=off',
  'escape_string_warning=off',
  'backslash_quote=on',
  'client_encoding=LATIN1',
];
