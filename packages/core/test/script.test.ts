import { expect, it } from 'vitest';
import { connect } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure } from './expectations.ts';
import { ScriptedDriver, type ScriptOptions } from './scripted-driver.ts';

failOnUnhandledRejections();

function connected(options: ScriptOptions = {}) {
  const script = new ScriptedDriver(options);
  return { script, db: connect(script.adapter) };
}

it('runs the statements of a text in order, each on its own', async () => {
  const { script, db } = connected();
  await db.script(`
    create table t (a text default ';'); -- one; still one
    insert into t values ('a;b');
    create function f() returns text language sql as $$ select 'c;d'; $$;
  `);
  expect(script.log.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
    'open',
    "execute create table t (a text default ';')",
    expect.stringContaining("insert into t values ('a;b')"),
    "execute create function f() returns text language sql as $$ select 'c;d'; $$",
  ]);
});

it('does nothing for a text without statements', async () => {
  const { script, db } = connected();
  await db.script('');
  await db.script(' ; -- nothing here\n ; /* nor here */ ');
  expect(script.log).toEqual([]);
});

it('stops at the first statement that fails, says which one, and that the outcome of the whole is unknown', async () => {
  const { script, db } = connected();
  script.fail('execute select 2', failure('SYNTAX'));
  const error = await expectError(db.script('select 1; select 2; select 3'), 'SYNTAX', 'unknown');
  expect(error.message).toContain('Statement 2 of 3');
  expect(error.message).toContain('scripted SYNTAX');
  expect(script.log).toEqual(['open', 'execute select 1', 'execute select 2']);
});

it('passes on the outcome of the first statement, before which nothing ran', async () => {
  const { script, db } = connected();
  script.fail('execute select 1', failure('SYNTAX'));
  await expectError(db.script('select 1; select 2'), 'SYNTAX', 'not-applied');
  expect(script.log).toEqual(['open', 'execute select 1']);
});

it('keeps what the error knows when it adds which statement it was', async () => {
  const { script, db } = connected();
  const native = Object.assign(new Error('canary'), { code: '42P07' });
  const { ConnectorError } = await import('../src/index.ts');
  script.fail(
    'execute select 2',
    new ConnectorError('CONSTRAINT', 'exists', {
      sqlState: '23505',
      errno: 1062,
      serverMessage: 'server words',
      constraint: { kind: 'unique', name: 'u' },
      cause: native,
    }),
  );
  const error = await expectError(db.script('select 1; select 2'), 'CONSTRAINT', 'unknown');
  expect(error).toMatchObject({
    sqlState: '23505',
    errno: 1062,
    serverMessage: 'server words',
    constraint: { kind: 'unique', name: 'u' },
    cause: { code: '42P07' },
  });
});

it('checks every statement before it runs the first', async () => {
  const { script, db } = connected();
  await expectError(db.script('select 1; begin; select 2; commit'), 'TRANSACTION');
  await expectError(db.script('select 1; select $1'), 'DATA');
  await expectError(db.script('select 1; select \0'), 'SYNTAX');
  await expectError(db.script(undefined as never), 'DATA');
  expect(script.log).toEqual([]);
});

it('keeps the procedures of MySQL whole', async () => {
  const { script, db } = connected({ dialect: 'mysql' });
  await db.script('create procedure p() begin select 1; select 2; end; select 3');
  expect(script.log.slice(1)).toEqual([
    'execute create procedure p() begin select 1; select 2; end',
    expect.stringMatching(/execute\s+select 3$/),
  ]);
});

it('runs inside a transaction, but for what MySQL would commit implicitly', async () => {
  const { script, db } = connected({ dialect: 'mysql' });
  const tx = await db.begin();
  await expectError(tx.script('select 1; create table t (a int)'), 'TRANSACTION');
  await tx.script('select 1; select 2');
  expect(script.log.slice(2).map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
    'tx1 execute select 1',
    'tx1 execute select 2',
  ]);
});

it('counts its limits for each statement', async () => {
  const { script, db } = connected();
  const controller = new AbortController();
  script.answer(
    'execute select 1',
    new Promise((resolve) => {
      controller.abort();
      resolve({ columns: [], rows: [], rowsAffected: 0 });
    }),
  );
  await expectError(db.script('select 1; select 2', { signal: controller.signal }), 'ABORTED');
  expect(script.log).not.toContain('execute select 2');
});
