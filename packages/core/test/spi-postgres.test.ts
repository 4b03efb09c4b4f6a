import { commitsByItself } from '@sqlport/core/spi';
import { beginText, checkCommitted, replyOf } from '@sqlport/core/spi/postgres';
import { expect, test } from 'vitest';

const VALUES = { int64: 'bigint', json: 'parsed', instants: 'date' } as const;
const INT8 = { name: 'id', dataTypeID: 20, dataTypeModifier: -1 };
const INT4 = { ...INT8, dataTypeID: 23 };
const replied = (...messages: { readonly name: string }[]) => replyOf(messages, 'select 1', VALUES);
const described = (...fields: object[]) => ({ name: 'rowDescription', fields });
const row = (...fields: (string | null)[]) => ({ name: 'dataRow', fields });
const completed = (text: string) => ({ name: 'commandComplete', text });
const refused = (fields: object) =>
  Object.assign(new Error('refused'), { name: 'error', severity: 'ERROR', code: '23505', ...fields });

test('a reply is made of its messages', () => {
  const reply = replied({ name: 'parseComplete' }, described(INT8), row('7'), row(null), completed('SELECT 2'));
  expect(reply.tag).toBe('SELECT 2');
  expect(reply.result()).toEqual({ columns: [{ name: 'id', type: 'int8' }], rows: [[7n], [null]], rowsAffected: 0 });
});

test.each([
  ['INSERT 0 2', 2],
  ['UPDATE 3', 3],
  ['DELETE 0', 0],
  ['MERGE 4', 4],
  ['SELECT 5', 0],
  ['COPY 6', 0],
  ['', 0],
])('%j changed %i rows', (tag, rowsAffected) => {
  expect(replied(completed(tag)).result()).toEqual({ columns: [], rows: [], rowsAffected });
});

test('a value that cannot be delivered does not undo the statement', () => {
  const exact = { ...VALUES, int64: 'number' } as const;
  const messages = [described(INT8), row('9007199254740993')];
  expect(() => replyOf(messages, 'select 1', exact)).toThrow(
    expect.objectContaining({ code: 'DATA', outcome: 'applied' }),
  );
  expect(replyOf([described(INT4), row('7')], 'select 1', exact).rows).toEqual([[7]]);
});

test('an error reply is thrown, and leaves parts behind where the statement commits by itself', () => {
  const error = refused({ table: 'users', constraint: 'users_pkey' });
  const constraint = { kind: 'unique', name: 'users_pkey', table: 'users' };
  const expected = { code: 'CONSTRAINT', sqlState: '23505', constraint, serverMessage: 'refused' };
  expect(() => replied(error)).toThrow(expect.objectContaining({ ...expected, outcome: 'not-applied' }));
  expect(() => replyOf([error], 'call work()', VALUES)).toThrow(
    expect.objectContaining({ ...expected, outcome: 'unknown' }),
  );
  expect(() => replyOf([error], 'call work()', VALUES, true)).toThrow(
    expect.objectContaining({ ...expected, outcome: 'not-applied' }),
  );
});

test('what commits by itself: procedures, and DO blocks that say so', () => {
  expect(commitsByItself('call work()', 'postgres')).toBe(true);
  expect(commitsByItself('do $$ begin commit; end $$', 'postgres')).toBe(true);
  expect(commitsByItself('do $$ begin null; end $$', 'postgres')).toBe(false);
  expect(commitsByItself('do sleep(1)', 'mysql')).toBe(false);
  expect(commitsByItself('insert into calls values (1)', 'postgres')).toBe(false);
});

test('a transaction begins as its options say, and ends by COMMIT only', () => {
  expect(beginText({})).toBe('BEGIN');
  expect(beginText({ isolation: 'serializable', readOnly: true })).toBe('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY');
  expect(() => checkCommitted({ tag: 'COMMIT' })).not.toThrow();
  expect(() => checkCommitted({ tag: 'ROLLBACK' })).toThrow(expect.objectContaining({ code: 'TRANSACTION' }));
});
