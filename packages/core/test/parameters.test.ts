import { describe, expect, it } from 'vitest';
import { connect, type Dialect } from '../src/index.ts';
import { expectError, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

function connected(dialect: Dialect) {
  const script = new ScriptedDriver({ dialect });
  return { script, db: connect(script.adapter) };
}

describe.each<Dialect>(['postgres', 'mysql'])('on %s', (dialect) => {
  const one = dialect === 'mysql' ? '?' : '$1';

  it('passes positional parameters on', async () => {
    const { script, db } = connected(dialect);
    await db.query(`select ${one}`, [7]);
    await db.query('select 1', []);
    await db.query('select 1');
    expect(script.log.slice(1)).toEqual([`execute select ${one} [7]`, 'execute select 1', 'execute select 1']);
  });

  it('binds :name, and leaves what only looks like it', async () => {
    const { script, db } = connected(dialect);
    await db.query('select :id, \':no\', ":no" -- :no\n', { id: 7 });
    expect(script.log[1]).toBe(`execute select ${one}, ':no', ":no" -- :no\n [7]`);
  });

  it('takes objects of a class and without a prototype', async () => {
    const { script, db } = connected(dialect);
    class Point {
      x = 1;
    }
    await db.query('select :x', new Point());
    await db.query('select :x', Object.assign(Object.create(null), { x: 2 }));
    expect(script.log.slice(1)).toEqual([`execute select ${one} [1]`, `execute select ${one} [2]`]);
  });

  it.each([
    ['too few', `select ${one}`, []],
    ['too many', `select ${one}`, [1, 2]],
    ['none at all', `select ${one}`, undefined],
    ['none at all by name', 'select :a', undefined],
    ['a name that is missing', 'select :a', {}],
    ['a name that nobody asked for', 'select :a', { a: 1, b: 2 }],
    ['options in place of parameters', 'select 1', { timeoutMs: 5 }],
    ['an array for names', 'select :a', [1]],
    ['an object for positions', `select ${one}`, { a: 1 }],
    ['both styles', `select ${one}, :a`, { a: 1 }],
    ['undefined', `select ${one}`, [undefined]],
    ['undefined by name', 'select :a', { a: undefined }],
    ['a hole', `select ${one}`, new Array(1)],
    ['a text', `select ${one}`, 'abc'],
    ['a number', `select ${one}`, 7],
    ['null', `select ${one}`, null],
  ])('refuses %s with DATA before anything is sent', async (_, text, params) => {
    const { script, db } = connected(dialect);
    await expectError(db.query(text, params as never), 'DATA');
    expect(script.log).toEqual([]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'])(
    'never takes a parameter from the prototype: %s',
    async (name) => {
      const { script, db } = connected(dialect);
      await expectError(db.query(`select :${name}`, {}), 'DATA');
      await db.query(`select :${name}`, JSON.parse(`{"${name}": 7}`));
      expect(script.log).toEqual(['open', `execute select ${one} [7]`]);
    },
  );

  it('names the place of a wrong parameter, and never its value', async () => {
    const { db } = connected(dialect);
    const error = await expectError(db.query(`select ${one}`, ['canary\ud800']), 'DATA');
    expect(error.message).toContain('parameter 1');
    expect(error.message).not.toContain('canary');
    const named = await expectError(db.query('select :age', { age: { canary: 1 } as never }), 'DATA');
    expect(named.message).toContain('"age"');
    expect(named.message).not.toContain('canary');
  });

  it('takes options after the parameters', async () => {
    const { script, db } = connected(dialect);
    await expectError(db.query('select 1', undefined, { signal: AbortSignal.abort() }), 'ABORTED');
    await expectError(db.query(`select ${one}`, [1], { timeoutMs: 0 }), 'DATA');
    expect(script.log).toEqual([]);
  });

  it('refuses several statements, none, and transaction control', async () => {
    const { script, db } = connected(dialect);
    await expectError(db.query('select 1; select 2'), 'SYNTAX');
    await expectError(db.query(''), 'SYNTAX');
    await expectError(db.query(' ; '), 'SYNTAX');
    await expectError(db.query('select 1 \0'), 'SYNTAX');
    for (const text of [
      'begin',
      'COMMIT',
      '/* x */ rollback',
      'savepoint a',
      'start transaction',
      'release savepoint a',
    ]) {
      await expectError(db.query(text), 'TRANSACTION');
    }
    await db.query('select 1;');
    expect(script.log).toEqual(['open', 'execute select 1;']);
  });
});

it('refuses LOCK TABLES on MySQL everywhere, and what commits implicitly inside a transaction', async () => {
  const { script, db } = connected('mysql');
  await expectError(db.query('lock tables t write'), 'TRANSACTION');
  await db.query('create table t (a int)');
  const tx = await db.begin();
  await expectError(tx.query('create table u (a int)'), 'TRANSACTION');

  expect(script.log).toEqual(['open', 'execute create table t (a int)', 'begin']);
});

it('allows DDL inside a transaction on PostgreSQL', async () => {
  const { script, db } = connected('postgres');
  await db.transaction((tx) => tx.query('create table t (a int)'));
  expect(script.log.at(-2)).toBe('tx1 execute create table t (a int)');
});
