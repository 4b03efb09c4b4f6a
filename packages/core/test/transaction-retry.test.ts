import { expect, it } from 'vitest';
import { ConnectorError, connect, sql, type Transaction } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure } from './expectations.ts';
import { ScriptedDriver, type ScriptOptions } from './scripted-driver.ts';

failOnUnhandledRejections();

function connected(options: ScriptOptions = {}) {
  const script = new ScriptedDriver(options);
  return { script, db: connect(script.adapter) };
}

it('runs the body again on CONFLICT, as often as retry says, on a transaction of its own each time', async () => {
  const { script, db } = connected();
  script.fail('tx1 execute', failure('CONFLICT'));
  script.fail('tx2 commit', failure('CONFLICT'));
  let runs = 0;
  const answer = await db.transaction(
    async (tx) => {
      runs += 1;
      await tx.query(sql`select 1`);
      return runs;
    },
    { retry: 2 },
  );
  expect(answer).toBe(3);
  expect(script.log).toEqual([
    'open',
    'begin',
    'tx1 execute select 1',
    'tx1 rollback',
    'begin',
    'tx2 execute select 1',
    'tx2 commit',
    'begin',
    'tx3 execute select 1',
    'tx3 commit',
  ]);
});

it('gives up with CONFLICT when the repetitions are spent', async () => {
  const { script, db } = connected();
  script.fail('tx', failure('CONFLICT'), 2);
  await expectError(
    db.transaction((tx) => tx.query(sql`select 1`), { retry: 0 }),
    'CONFLICT',
  );
  expect(script.log.filter((line) => line === 'begin').length).toBe(1);
});

it('does not run the body again behind a procedure of MySQL, which may have committed', async () => {
  const { script, db } = connected({ dialect: 'mysql' });
  script.fail('tx1 execute update', failure('CONFLICT'));
  const body = async (tx: Transaction) => {
    await tx.query('call p()');
    await tx.query('update t set a = 1');
  };
  await expectError(db.transaction(body, { retry: 5 }), 'CONFLICT', 'unknown');
  expect(script.log.filter((line) => line === 'begin').length).toBe(1);
});

it.each([
  ['a CONFLICT of unknown outcome', failure('CONFLICT', 'unknown')],
  ['another ConnectorError', failure('CONSTRAINT')],
  ['any other error', new Error('mine')],
])('does not run the body again on %s', async (_, error) => {
  const { script, db } = connected();
  await expect(db.transaction(() => Promise.reject(error), { retry: 5 })).rejects.toBe(error);
  expect(script.log).toEqual(['open', 'begin', 'tx1 rollback']);
});

it('ends the pause before the next run when the signal is aborted', async () => {
  const { script, db } = connected();
  const controller = new AbortController();
  script.fail('tx1 execute', failure('CONFLICT'));
  const work = db.transaction((tx) => tx.query(sql`select 1`), { retry: 1, signal: controller.signal });
  const refused = expectError(work, 'ABORTED');
  while (script.log.at(-1) !== 'tx1 rollback') await Promise.resolve();
  controller.abort();
  await refused;
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it('repeats a statement that never reached the database, and none that the database refused', async () => {
  const { script, db } = connected();
  const tx = await db.begin();
  script.fail('tx1 execute', failure('THROTTLED'));
  await tx.query(sql`select 1`);
  expect(script.log.filter((line) => line === 'tx1 execute select 1')).toHaveLength(2);

  script.fail('tx1 execute', new ConnectorError('THROTTLED', 'too many connections', { sqlState: '53300' }));
  await expectError(tx.query(sql`select 2`), 'THROTTLED', 'not-applied');
  expect(script.log.filter((line) => line === 'tx1 execute select 2')).toHaveLength(1);
});
