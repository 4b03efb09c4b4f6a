import { expect, it } from 'vitest';
import { connect, type StandardSchema, sql } from '../src/index.ts';
import { errorOf, expectError, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

const STATEMENT = sql`select a`;

function answering(result: unknown) {
  const script = new ScriptedDriver();
  script.answer('execute', result);
  return connect(script.adapter);
}

/** A schema by hand, as zod, valibot or arktype make them. */
function schema<T>(validate: StandardSchema<T>['~standard']['validate']): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

it('gives rows as objects, with columns, rowsAffected and insertId', async () => {
  const db = answering({ ...table(['a', 'b'], [1, 'x'], [2, null]), rowsAffected: 2, insertId: 7n });
  expect(await db.query(STATEMENT)).toEqual({
    rows: [
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ],
    columns: [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'text' },
    ],
    rowsAffected: 2,
    insertId: 7n,
  });
});

it('gives rows as arrays from values()', async () => {
  const db = answering(table(['a', 'a'], [1, 2]));
  const { rows, columns } = await db.values(STATEMENT);
  expect(rows).toEqual([[1, 2]]);
  expect(columns.map(({ name }) => name)).toEqual(['a', 'a']);
});

it('lets the last of several columns of one name win, and keeps them all in columns', async () => {
  const { rows, columns } = await answering(table(['a', 'b', 'a'], [1, 2, 3])).query(STATEMENT);
  expect(rows).toEqual([{ a: 3, b: 2 }]);
  expect(columns.length).toBe(3);
});

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__', ''])(
  'takes a column named %o as any other',
  async (name) => {
    const value = { polluted: true };
    const { rows } = await answering(table([name, 'b'], [value, 2])).query(STATEMENT);
    const row = rows[0] as Record<string, unknown>;
    expect(Object.entries(row)).toEqual([
      [name, value],
      ['b', 2],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    row[name === '__proto__' ? 'b' : name] = 'writable';
    expect(Object.keys(row).length).toBe(2);
  },
);

it('lets the last of several columns named __proto__ win', async () => {
  const { rows } = await answering(table(['__proto__', '__proto__'], [1, 2])).query(STATEMENT);
  expect(Object.entries(rows[0] as object)).toEqual([['__proto__', 2]]);
});

it('first() gives the first row, or undefined', async () => {
  expect(await answering(table(['a'], [1], [2])).first(STATEMENT)).toEqual({ a: 1 });
  expect(await answering(table(['a'])).first(STATEMENT)).toBeUndefined();
});

it('one() gives the only row, and says DATA, applied, of none or more', async () => {
  expect(await answering(table(['a'], [1])).one(STATEMENT)).toEqual({ a: 1 });
  await expectError(answering(table(['a'])).one(STATEMENT), 'DATA', 'applied');
  await expectError(answering(table(['a'], [1], [2])).one(STATEMENT), 'DATA', 'applied');
});

it.each([
  ['at once', (value: unknown) => ({ value: { id: Number((value as { a: string }).a) } })],
  ['later', async (value: unknown) => ({ value: { id: Number((value as { a: string }).a) } })],
])('gives what a schema makes of a row, %s', async (_, validate) => {
  const db = answering(table(['a'], ['7'], ['8']));
  const { rows } = await db.query(sql.typed(schema<{ id: number }>(validate))`select a`);
  expect(rows.map(({ id }) => id)).toEqual([7, 8]);
});

it('validates in first, one and batch as well, and not in values', async () => {
  const doubled = schema<number>((value) => ({ value: (value as { a: number }).a * 2 }));
  const statement = sql.typed(doubled)`select a`;
  expect(await answering(table(['a'], [1])).first(statement)).toBe(2);
  expect(await answering(table(['a'], [1])).one(statement)).toBe(2);
  expect((await answering(table(['a'], [1])).batch([statement]))[0]?.rows).toEqual([2]);
  expect((await answering(table(['a'], [1])).values(statement)).rows).toEqual([[1]]);
});

it('names the fields that do not match, and never a value', async () => {
  const strict = schema<never>(() => ({
    issues: [{ path: ['address', { key: 'zip' }] }, { path: [0] }, { path: ['address', 'zip'] }, {}],
  }));
  const work = answering(table(['a'], ['canary'])).query(sql.typed(strict)`select a`);
  const error = await expectError(work, 'DATA', 'applied');
  expect(error.message).toContain('address.zip, 0');
  expect(JSON.stringify(error) + error.message).not.toContain('canary');
});

it.each([
  [
    'throws',
    () => {
      throw new Error('canary');
    },
  ],
  ['rejects', () => Promise.reject(new Error('canary'))],
])('says DATA, applied, where a schema %s', async (_, validate) => {
  const work = answering(table(['a'], [1])).query(sql.typed(schema<never>(validate))`select a`);
  const error = await expectError(work, 'DATA', 'applied');
  expect(error.message).not.toContain('canary');
});

it('gives a row that is asked for by text just the same', async () => {
  const db = answering(table(['a'], [1]));
  expect((await db.query<{ a: number }>('select a')).rows[0]?.a).toBe(1);
});

it.each([undefined, null, 7, {}, ['select 1'], Symbol('x')])('refuses %o for a statement with DATA', async (input) => {
  const db = answering(table([]));
  await expectError(db.query(input as never), 'DATA');
  await expectError(db.values(input as never), 'DATA');
  await expectError(db.first(input as never), 'DATA');
  await expectError(db.one(input as never), 'DATA');
});

it('says INTERNAL, and asks for a report, where an adapter throws what it must not', async () => {
  const script = new ScriptedDriver();
  script.throwAtOnce('execute', new TypeError('canary'));
  const error = await errorOf(connect(script.adapter).query(STATEMENT));
  expect(error).toMatchObject({ code: 'INTERNAL', outcome: 'unknown', cause: { name: 'TypeError' } });
  expect(error.message).not.toContain('canary');
});
