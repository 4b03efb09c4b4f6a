import { describe, expect, it } from 'vitest';
import { connect, type Dialect } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

const DIALECTS: readonly Dialect[] = ['postgres', 'mysql'];

describe.each(DIALECTS)('on %s', (dialect) => {
  const [a, b] = dialect === 'mysql' ? ['?', '?'] : ['$1', '$2'];

  function connected(traits = {}) {
    const script = new ScriptedDriver({ dialect, traits });
    return { script, db: connect(script.adapter) };
  }

  it('folds a plain INSERT into one of many rows, with every value in its place', async () => {
    const { script, db } = connected();
    await db.executeMany(`insert into t (a, b) values (${a}, ${b})`, [
      [1, 'x'],
      [2, 'y'],
      [3, null],
    ]);
    expect(script.log.length).toBe(2);
    expect(script.log[1]).toContain('[1,"x",2,"y",3,null]');
    const placeholders = script.log[1]?.match(/\?|\$\d+/g);
    expect(placeholders).toEqual(dialect === 'mysql' ? Array(6).fill('?') : ['$1', '$2', '$3', '$4', '$5', '$6']);
  });

  it('folds parameters by name alike', async () => {
    const { script, db } = connected();
    await db.executeMany('insert into t (a, b) values (:a, :b)', [
      { a: 1, b: 'x' },
      { b: 'y', a: 2 },
    ]);
    expect(script.log.length).toBe(2);
    expect(script.log[1]).toContain('[1,"x",2,"y"]');
  });

  it("keeps to the adapter's most parameters, and stays atomic over several statements", async () => {
    const { script, db } = connected({ maxParameters: 4 });
    await db.executeMany(`insert into t (a, b) values (${a}, ${b})`, [
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(script.log.length).toBe(5);
    expect(script.log[1]).toBe('begin');
    expect(script.log[2]).toContain('[1,1,2,2]');
    expect(script.log[3]).toContain('[3,3]');
    expect(script.log[4]).toBe('tx1 commit');
  });

  it("keeps to the adapter's longest statement", async () => {
    const { script, db } = connected({ maxStatementBytes: 300 });
    const sets = Array.from({ length: 10 }, (_, index) => [index, 'x'.repeat(50)]);
    await db.executeMany(`insert into t (a, b) values (${a}, ${b})`, sets);
    expect(script.log[1]).toBe('begin');
    expect(script.log.length).toBeGreaterThan(4);
    const sent = script.log.flatMap((line) => line.match(/(?<=[[,])\d(?=,)/g) ?? []);
    expect(sent).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it('runs anything but a plain INSERT once for each set, in one transaction', async () => {
    const { script, db } = connected();
    const text = `update t set a = ${a} where b = ${b}`;
    await db.executeMany(text, [
      [1, 2],
      [3, 4],
    ]);
    expect(script.log).toEqual([
      'open',
      'begin',
      `tx1 execute ${text} [1,2]`,
      `tx1 execute ${text} [3,4]`,
      'tx1 commit',
    ]);
  });

  it('is atomic: nothing stays where a set fails', async () => {
    const { script, db } = connected();
    script.fail('tx1 execute update t set a = 1 where b = ', failure('CONSTRAINT'));
    await expectError(db.executeMany(`update t set a = 1 where b = ${a}`, [[1], [2]]), 'CONSTRAINT');
    expect(script.log.at(-1)).toBe('tx1 rollback');
  });

  it('is atomic within a transaction', async () => {
    const { script, db } = connected();
    const tx = await db.begin();
    script.fail('tx1 execute delete', failure('CONSTRAINT'));
    await expectError(tx.executeMany(`delete from t where b = ${a}`, [[1], [2]]), 'CONSTRAINT');
    await tx.commit();
    expect(script.log.slice(-3)).toEqual([
      'tx1 execute rollback to savepoint sqlport_1',
      'tx1 execute release savepoint sqlport_1',
      'tx1 commit',
    ]);
  });

  it('sends one set as it is, and none not at all', async () => {
    const { script, db } = connected();
    await db.executeMany(`insert into t values (${a})`, []);
    expect(script.log).toEqual([]);
    await db.executeMany(`insert into t values (${a})`, [[1]]);
    expect(script.log).toEqual(['open', `execute insert into t values (${a}) [1]`]);
  });

  it('checks every set before it sends the first', async () => {
    const { script, db } = connected();
    await expectError(db.executeMany(`insert into t values (${a})`, [[1], [undefined as never]]), 'DATA');
    await expectError(db.executeMany(`insert into t values (${a})`, [[1], [2, 3]]), 'DATA');
    await expectError(db.executeMany(`insert into t values (${a})`, [[1], 2 as never]), 'DATA');
    await expectError(db.executeMany('commit', [[], []]), 'TRANSACTION');
    await expectError(db.executeMany(`insert into t values (${a})`, undefined as never), 'DATA');
    expect(script.log).toEqual([]);
  });
});
