import { lex } from './lexer.ts';
import type { Statement } from './statement.ts';

/** What a statement or a value may rely on, of the settings of a MySQL session. */
export type MysqlSetting =
  /** TIMESTAMP is read and written in the session's time zone. */
  | 'utc'
  /** Values that do not fit are refused. */
  | 'strict'
  /** A backslash in a literal is an escape. */
  | 'backslashes'
  /** What stands in double quotes is a literal. */
  | 'double-quotes'
  /** `||` is OR. */
  | 'pipes'
  /** CHAR comes without the blanks at its end. */
  | 'trimmed';

const UTC = /^([+-]00:00|(etc\/)?(utc|uct|gmt|zulu|universal))$/i;

/** Which of them a session has, by its `@@time_zone`, `@@system_time_zone` and `@@sql_mode`. */
export function mysqlSettings(zone: string, systemZone: string, mode: string): Record<MysqlSetting, boolean> {
  return {
    utc: UTC.test(/^system$/i.test(zone) ? systemZone : zone),
    strict: /\bstrict_(?:trans|all)_tables\b/i.test(mode),
    backslashes: !/\bno_backslash_escapes\b/i.test(mode),
    'double-quotes': !/\bansi_quotes\b/i.test(mode),
    pipes: !/\bpipes_as_concat\b/i.test(mode),
    trimmed: !/\bpad_char_to_full_length\b/i.test(mode),
  };
}

/** Which values of a result rely on one of them: of a type, by its name on any wire. */
export const MYSQL_RELIANCES = [
  { need: 'utc', type: /^timestamp$/i, shows: (value: unknown) => value !== null },
  { need: 'trimmed', type: /^char$/i, shows: (value: unknown) => typeof value === 'string' && value.endsWith(' ') },
] as const;

/** Which of them a statement relies on before it is sent, unless it writes: a write also needs `strict`. */
export function statementNeeds({ text, params }: Statement): MysqlSetting[] {
  const needs: MysqlSetting[] = [...textNeeds(text)];
  if (params.some((param) => param instanceof Date)) needs.push('utc');
  return needs;
}

type OfTexts = 'backslashes' | 'double-quotes' | 'pipes';

/** Which of them a text relies on by itself, for wires that cannot set `sql_mode`. */
function textNeeds(text: string): ReadonlySet<OfTexts> {
  const relied = new Set<OfTexts>();
  if (!/[\\"]|\|\|/.test(text)) return relied;
  lex(text, 'mysql', (kind, start, end) => {
    if (text.startsWith('||', start) && kind === 'punctuation') relied.add('pipes');
    if (kind !== 'string') return false;
    if (text.slice(start, end).includes('\\')) relied.add('backslashes');
    if (text[start] === '"') relied.add('double-quotes');
    return relied.size === 3;
  });
  return relied;
}
