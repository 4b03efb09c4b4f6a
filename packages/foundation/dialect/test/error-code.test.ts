import { describe, expect, test } from 'vitest';
import { type ErrorCode, mysqlConstraint, mysqlErrorCode, postgresErrorCode } from '../src/index.ts';

describe('SQLSTATEs of PostgreSQL', () => {
  const CASES: readonly [code: ErrorCode, states: string][] = [
    ['AUTH', '28000 28P01'],
    ['PERMISSION', '42501'],
    ['CONFIG', '3D000'],
    ['UNREACHABLE', '08000 08001 08006 57P01 57P02 57P03 57P04 57P05'],
    ['THROTTLED', '53300'],
    ['TIMEOUT', '57014 25P04'],
    ['SYNTAX', '42601 42P01 42703 42883 42804 3F000'],
    ['CONSTRAINT', '23000 23502 23503 23505 23514 23P01 44000'],
    ['CONFLICT', '40001 40P01 55P03'],
    ['DATA', '22P02 22003 22012 42P18 42P08 21000 54000'],
    ['READ_ONLY', '25006'],
    ['TRANSACTION', '25P01 25P02 25P03 25001 3B001 2D000'],
    ['UNSUPPORTED', '0A000'],
    ['DATABASE', '08P01 53100 53200 55006 58030 P0001 XX000 99999'],
  ];
  test.each(CASES)('%s', (code, states) => {
    for (const state of states.split(' ')) expect(postgresErrorCode(state), state).toBe(code);
  });
});

describe('error numbers of MySQL and TiDB', () => {
  const CASES: readonly [code: ErrorCode, numbers: string][] = [
    ['AUTH', '1045 1698 1862 3118'],
    ['PERMISSION', '1044 1142 1143 1227 1370'],
    ['CONFIG', '1046 1049'],
    ['UNREACHABLE', '1053 1077 1080 2006 2013 4031'],
    ['THROTTLED', '1040 1203 1226 9501'],
    ['TIMEOUT', '1317 3024 1907'],
    ['SYNTAX', '1054 1064 1146 1149 1305'],
    ['CONSTRAINT', '1048 1062 1216 1217 1364 1451 1452 1557 1586 1761 1762 3819'],
    ['CONFLICT', '1205 1213 3572 8002 8022 8028 9007'],
    ['DATA', '1264 1265 1292 1366 1406 1690 3140'],
    ['READ_ONLY', '1290 1792 1836'],
    ['UNSUPPORTED', '1235 8048'],
    ['DATABASE', '1 106 4500 1105 1644 9999'],
  ];
  test.each(CASES)('%s', (code, numbers) => {
    for (const number of numbers.split(' ')) expect(mysqlErrorCode(Number(number)), number).toBe(code);
  });

  test('the number counts more than the SQLSTATE, which counts for unknown numbers and for SIGNAL', () => {
    expect(mysqlErrorCode(1062, '42000')).toBe('CONSTRAINT');
    expect(mysqlErrorCode(99999, '22001')).toBe('DATA');
    expect(mysqlErrorCode(1644, '40001')).toBe('CONFLICT');
    expect(mysqlErrorCode(1644, '45000')).toBe('DATABASE');
    expect(mysqlErrorCode(99999, 'HY000')).toBe('DATABASE');
    const prevented = (option: string) =>
      `The MySQL server is running with the ${option} option so it cannot execute this`;
    expect(mysqlErrorCode(1290, 'HY000', prevented('--super-read-only'))).toBe('READ_ONLY');
    expect(mysqlErrorCode(1290, 'HY000', prevented('--secure-file-priv'))).toBe('UNSUPPORTED');
  });
});

describe('constraints of MySQL', () => {
  test('a duplicate key', () => {
    expect(mysqlConstraint(1062, "Duplicate entry 'a@b.c' for key 'users.email'")).toEqual({
      kind: 'unique',
      table: 'users',
      name: 'email',
    });
    expect(mysqlConstraint(1062, "Duplicate entry '1' for key 'PRIMARY'")).toEqual({ kind: 'unique', name: 'PRIMARY' });
    expect(mysqlConstraint(1062, "Duplicate entry '1' for key 't.a.b's'")).toEqual({
      kind: 'unique',
      table: 't',
      name: "a.b's",
    });
    expect(mysqlConstraint(1586, "Duplicate entry '1' for key 't.k'")).toEqual({
      kind: 'unique',
      table: 't',
      name: 'k',
    });
  });

  test('data that looks like a message is not believed', () => {
    const data = "x' for key 'fake.key'\n(`a`.`b`, CONSTRAINT `c` FOREIGN KEY (`d`)";
    expect(mysqlConstraint(1062, `Duplicate entry '${data}' for key 'users.email'`)).toEqual({
      kind: 'unique',
      table: 'users',
      name: 'email',
    });
  });

  test('a foreign key', () => {
    const message = (key: string) =>
      `Cannot add or update a child row: a foreign key constraint fails (\`d\`.\`child\`, ${key} REFERENCES \`parent\` (\`id\`))`;
    expect(mysqlConstraint(1452, message('CONSTRAINT `fk` FOREIGN KEY (`parent_id`)'))).toEqual({
      kind: 'foreign-key',
      table: 'child',
      name: 'fk',
      column: 'parent_id',
    });
    expect(mysqlConstraint(1451, message('CONSTRAINT `f``k` FOREIGN KEY (`a`, `b`)'))).toEqual({
      kind: 'foreign-key',
      table: 'child',
      name: 'f`k',
    });
    expect(mysqlConstraint(1217, 'Cannot delete or update a parent row: a foreign key constraint fails')).toEqual({
      kind: 'foreign-key',
    });
  });

  test('a column that is not null', () => {
    expect(mysqlConstraint(1048, "Column 'a'b' cannot be null")).toEqual({ kind: 'not-null', column: "a'b" });
    expect(mysqlConstraint(1364, "Field 'a' doesn't have a default value")).toEqual({ kind: 'not-null', column: 'a' });
  });

  test('a check', () => {
    expect(mysqlConstraint(3819, "Check constraint 'positive' is violated.")).toEqual({
      kind: 'check',
      name: 'positive',
    });
  });

  test('another language, or another error', () => {
    expect(mysqlConstraint(1062, "Doppelter Eintrag '1' für Schlüssel 'a'")).toEqual({ kind: 'unique' });
    expect(mysqlConstraint(1048, 'Feld darf nicht NULL sein')).toEqual({ kind: 'not-null' });
    expect(mysqlConstraint(1064, "Duplicate entry 'a' for key 'b.c'")).toBeUndefined();
  });
});
