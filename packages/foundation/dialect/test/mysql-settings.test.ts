import { expect, it } from 'vitest';
import { mysqlSettings, statementNeeds } from '../src/index.ts';

it.each([
  ['select 1', []],
  [String.raw`select 'a\nb'`, ['backslashes']],
  [String.raw`select 'a\' -- '`, ['backslashes']],
  ['select "a"', ['double-quotes']],
  [String.raw`select "a\"b"`, ['backslashes', 'double-quotes']],
  [String.raw`select 'b\c', "a"`, ['backslashes', 'double-quotes']],
  [`select '{"a": 1}', j->'$."b"'`, []],
  [String.raw`select 1 -- "\ `, []],
  [String.raw`select /* "\ */ 1`, []],
  ['select `a"\\` from t', []],
  ['select /*! "a" */', ['double-quotes']],
  ['select 1 || 0', ['pipes']],
  ["select '||', `||`, 1 | 2, j->'$.a' -- ||", []],
])('%s relies on %j', (text, relied) => {
  expect(statementNeeds({ text, params: [] })).toEqual(relied);
});

it('a Date among the parameters relies on the time zone', () => {
  expect(statementNeeds({ text: 'select ?, ?', params: ['x', new Date(0)] })).toEqual(['utc']);
});

it.each([
  ['UTC', '', true],
  ['+00:00', '', true],
  ['-00:00', '', true],
  ['SYSTEM', 'UTC', true],
  ['system', 'Etc/UCT', true],
  ['SYSTEM', 'Universal', true],
  ['SYSTEM', 'Asia/Tokyo', false],
  ['SYSTEM', 'SYSTEM', false],
  ['+09:00', 'UTC', false],
  ['Etc/UTC+1', 'UTC', false],
  ['', 'UTC', false],
])('the time zone %s (%s) is UTC: %s', (zone, systemZone, utc) => {
  expect(mysqlSettings(zone, systemZone, '').utc).toBe(utc);
});

it.each([
  ['', { strict: false }],
  ['STRICT_TRANS_TABLES', {}],
  ['STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES', { backslashes: false }],
  ['REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,ANSI', { strict: false, 'double-quotes': false, pipes: false }],
  ['STRICT_TRANS_TABLES,PAD_CHAR_TO_FULL_LENGTH', { trimmed: false }],
])('of the sql_mode %s it says %j', (mode, settings) => {
  const good = { utc: true, strict: true, backslashes: true, 'double-quotes': true, pipes: true, trimmed: true };
  expect(mysqlSettings('UTC', '', mode)).toEqual({ ...good, ...settings });
});
