import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { ConnectorError, connect, type ErrorCode, isConnectorError, type Outcome, sql } from '../src/index.ts';
import { errorOf, expectError, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

/** A native error that is full of data, as drivers make them. */
function native(message = "Duplicate entry 'canary' for key 'users.email'"): Error {
  return Object.assign(new Error(message), {
    code: 'ER_DUP_ENTRY',
    errno: 1062,
    sqlState: '23000',
    sql: "insert into users values ('canary')",
    detail: 'Key (email)=(canary) already exists.',
    parameters: ['canary'],
    url: 'mysql://app:canary@host',
  });
}

/** Everything that a log could show of an error. */
function shown(error: unknown): string {
  const depth = { depth: 20 };
  return `${inspect(error, depth)} ${JSON.stringify(error)} ${String(error)} ${(error as Error).stack}`;
}

it('says not-applied where nothing else is said', () => {
  expect(new ConnectorError('DATA', 'x').outcome).toBe('not-applied');
});

it('has only the details that were given', () => {
  const error = new ConnectorError('DATA', 'x');
  expect(Object.keys(error).sort()).toEqual(['code', 'name', 'outcome']);
  expect('cause' in error).toBe(false);
});

it.each<[ErrorCode, Outcome, boolean]>([
  ['RESUMING', 'not-applied', true],
  ['THROTTLED', 'not-applied', true],
  ['UNREACHABLE', 'not-applied', true],
  ['CONFLICT', 'not-applied', true],
  ['CONFLICT', 'unknown', false],
  ['UNREACHABLE', 'unknown', false],
  ['THROTTLED', 'applied', false],
  ['CONSTRAINT', 'not-applied', false],
  ['TIMEOUT', 'not-applied', false],
])('%s with outcome %s is retryable: %s', (code, outcome, retryable) => {
  expect(new ConnectorError(code, 'x', { outcome }).retryable).toBe(retryable);
});

it('writes JSON for logs', () => {
  const error = new ConnectorError('CONSTRAINT', 'The row exists.', {
    adapter: 'iam-mysql2',
    dialect: 'mysql',
    sqlState: '23000',
    errno: 1062,
    constraint: { kind: 'unique', name: 'email', table: 'users' },
    serverMessage: 'canary',
    cause: native(),
  });
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'ConnectorError',
    code: 'CONSTRAINT',
    message: 'The row exists.',
    outcome: 'not-applied',
    retryable: false,
    adapter: 'iam-mysql2',
    dialect: 'mysql',
    sqlState: '23000',
    errno: 1062,
    constraint: { kind: 'unique', name: 'email', table: 'users' },
  });
});

it("keeps the server's words where no log finds them", () => {
  const error = new ConnectorError('CONSTRAINT', 'x', { serverMessage: 'canary' });
  expect(error.serverMessage).toBe('canary');
  expect(shown(error)).not.toContain('canary');
  expect({ ...error }).not.toHaveProperty('serverMessage');
});

it('keeps of the native error only its name, code, errno, sqlState and stack frames', () => {
  const error = new ConnectorError('CONSTRAINT', 'x', { cause: native() });
  const cause = error.cause as Error & Record<string, unknown>;
  expect(cause).toMatchObject({ name: 'Error', code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000' });
  expect(Object.keys(cause).sort()).toEqual(['code', 'errno', 'name', 'sqlState']);
  expect(cause.stack).toContain('errors.test.ts');
  expect(shown(error)).not.toContain('canary');
});

it.each([
  'line one\n    at canary',
  "near '\n  at time zone 'canary'",
  'canary\n    at f (canary.js:1:1)\n    at g (canary.js:2:2)',
  '\n    at canary',
  '    at canary',
  'Error: canary',
  'canary '.repeat(1_000),
])('takes no line of a native message for a stack frame: %o', (message) => {
  const error = new ConnectorError('DATABASE', 'x', { cause: native(message) });
  expect(shown(error)).not.toContain('canary');
});

it.each([
  ['whose message was changed after its making', () => Object.assign(native(), { message: 'short' })],
  ['without a stack', () => Object.assign(native(), { stack: undefined })],
  ['with a stack of its own', () => Object.assign(native(), { stack: 'canary\n at canary' })],
  [
    'whose code is an object',
    () => Object.assign(native('x'), { code: { canary: 1 }, sql: '', detail: '', parameters: [], url: '' }),
  ],
  ['that holds other errors', () => new AggregateError([native()], 'canary')],
  ['with a cause of its own', () => new Error('canary', { cause: native() })],
  [
    'of a class that prints itself',
    () => Object.assign(native(), { [inspect.custom]: () => 'canary', toJSON: () => 'canary' }),
  ],
])('shows no data of a native error %s', (_, make) => {
  expect(shown(new ConnectorError('DATABASE', 'x', { cause: make() }))).not.toContain('canary');
});

it.each(['canary', 7, { password: 'canary' }, null, () => 'canary'])(
  'keeps nothing of a cause that is no error: %o',
  (cause) => {
    const error = new ConnectorError('DATABASE', 'x', { cause });
    expect(error.cause).toBeUndefined();
    expect('cause' in error).toBe(false);
  },
);

it('keeps a ConnectorError that is the cause of another', () => {
  const inner = new ConnectorError('AUTH', 'inner');
  expect(new ConnectorError('CONFIG', 'outer', { cause: inner }).cause).toBe(inner);
});

it.each([undefined, null, 'ConnectorError', {}, new Error('x'), { name: 'ConnectorError', code: 'DATA' }])(
  'isConnectorError(%o) is false',
  (value) => {
    expect(isConnectorError(value)).toBe(false);
  },
);

it('recognises errors and statements of another copy of the package', async () => {
  // A query string makes the loader evaluate the same files again.
  const errors = './../src/errors.ts?copy';
  const statements = './../src/sql/sql.ts?copy';
  const other = (await import(errors)) as typeof import('../src/errors.ts');
  const otherSql = (await import(statements)) as typeof import('../src/sql/sql.ts');
  expect(other.ConnectorError).not.toBe(ConnectorError);
  const theirs = new other.ConnectorError('CONFLICT', 'theirs');
  expect(theirs).not.toBeInstanceOf(ConnectorError);
  expect(isConnectorError(theirs)).toBe(true);
  expect(other.isConnectorError(new ConnectorError('DATA', 'ours'))).toBe(true);

  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  script.fail('tx1 execute', theirs);
  const statement = new otherSql.Sql(['select ', { kind: 'value', value: 7 }]);
  await db.transaction((tx) => tx.query(statement), { retry: 1 });
  expect(script.log.at(-2)).toBe('tx2 execute select $1 [7]');
  expect(theirs).toMatchObject({ adapter: 'scripted', dialect: 'postgres' });
});

it('shows no parameter and no literal in any error of a failing call', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  script.fail('execute', Object.assign(new Error("syntax error at 'canary'"), { sql: "select 'canary'" }), 2);
  for (const work of [
    () => db.query(sql`select ${'canary'}, 'canary'`),
    () => db.query('select $1', ['canary']),
    () => db.query('select $1', ['canary', 'canary']),
    () => db.query('select :canary_', { other: 'canary' }),
    () => db.script("select 'canary'; select $1"),
    () => db.batch([sql`select ${{ name: 'canary' } as never}`]),
  ]) {
    expect(shown(await errorOf(work)).replaceAll('canary_', '')).not.toContain('canary');
  }
});

it("keeps an adapter's own attribution", async () => {
  const script = new ScriptedDriver();
  script.fail('execute', new ConnectorError('AUTH', 'x', { adapter: 'inner', dialect: 'mysql' }));
  const error = await errorOf(connect(script.adapter).query(sql`select 1`));
  expect(error).toMatchObject({ adapter: 'inner', dialect: 'mysql' });
  await expectError(connect(script.adapter).query(''), 'SYNTAX');
});
