import { ConnectorError } from '@sqlport/core';
import { describe, expect, test } from 'vitest';
import { CaseFailure, equal, rejects, throws } from '../src/index.ts';
import { leaksNothing } from '../src/leaks.ts';

const conflict = new ConnectorError('CONFLICT', 'Run it again.', { sqlState: '40001', constraint: { kind: 'unique' } });

describe('rejects', () => {
  test('answers the error that was promised', async () => {
    const expected = { code: 'CONFLICT', outcome: 'not-applied', sqlState: '40001', message: /again/ } as const;
    expect(await rejects(Promise.reject(conflict), expected)).toBe(conflict);
  });

  test.each([
    { code: 'DATA' },
    { code: ['DATA', 'SYNTAX'] },
    { code: 'CONFLICT', outcome: 'unknown' },
    { code: 'CONFLICT', sqlState: '40P01' },
    { code: 'CONFLICT', constraint: { name: 'x' } },
    { code: 'CONFLICT', message: /never/ },
  ] as const)('fails for %o', async (expected) => {
    await expect(rejects(Promise.reject(conflict), expected)).rejects.toThrow(CaseFailure);
  });

  test('fails where the promise resolves, or rejects with anything else', async () => {
    await expect(rejects(Promise.resolve(5), { code: 'DATA' })).rejects.toThrow(/resolved with 5/);
    await expect(rejects(Promise.reject(new Error('x')), { code: 'DATA' })).rejects.toThrow(/ConnectorError/);
  });
});

test('throws does the same for code that throws at once', () => {
  const fail = () => {
    throw conflict;
  };
  expect(throws(fail, { code: 'CONFLICT' })).toBe(conflict);
  expect(() => throws(() => 5, { code: 'CONFLICT' })).toThrow(CaseFailure);
});

test('equal says what it expected and what it got', () => {
  expect(() => equal([1n, null], [1, undefined], 'the row')).toThrow(
    'the row: expected [1, undefined], got [1n, null]',
  );
});

describe('leaksNothing', () => {
  test.each([
    new Error('a canary in the message'),
    new Error('x', { cause: new Error('the canary') }),
    Object.assign(new Error('x'), { sql: "select 'canary'" }),
    { deep: { in: ['a canary'] } },
  ])('notices %o', (value) => {
    expect(() => leaksNothing(value, ['canary'])).toThrow(CaseFailure);
  });

  test('is content with an error that keeps its server message out of sight', () => {
    leaksNothing(new ConnectorError('DATA', 'x', { serverMessage: 'canary', cause: new Error('canary') }), ['canary']);
  });
});
