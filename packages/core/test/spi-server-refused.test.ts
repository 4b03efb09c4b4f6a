import { serverRefused } from '@sqlport/core/spi';
import { expect, test } from 'vitest';

test.each([
  ['SYNTAX', { sqlState: '42601' }, /check its syntax .*\(SQLSTATE 42601\)$/],
  ['DATA', { sqlState: '42P18' }, /write a cast, such as \$1::int\. \(SQLSTATE 42P18\)$/],
  ['CONFLICT', { sqlState: '40001', errno: 1213 }, /run the whole transaction again\. \(errno 1213\)$/],
  ['DATABASE', { errno: 4000 }, /see serverMessage\. \(errno 4000\)$/],
] as const)('%s %j says what is to be done', (code, details, message) => {
  expect(serverRefused(code, details)).toMatchObject({ code, outcome: 'not-applied', ...details });
  expect(serverRefused(code, details).message).toMatch(message);
});

test('names the constraint, as far as it is known', () => {
  const messageOf = (names: object) =>
    serverRefused('CONSTRAINT', { errno: 1062, constraint: { kind: 'unique', ...names } }).message;
  expect(messageOf({ table: 'users', name: 'users_name_key' })).toBe(
    'A row with the same unique key exists: users, users_name_key. (errno 1062)',
  );
  expect(messageOf({})).toBe('A row with the same unique key exists. (errno 1062)');
});

test('prefers what the adapter knows', () => {
  expect(serverRefused('AUTH', { errno: 1045 }, 'Look at the policy.').message).toBe(
    'Look at the policy. (errno 1045)',
  );
});
