import { expect, it } from 'vitest';
import { type Connection, connect, sql } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

async function begun() {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  const tx = await db.begin();
  script.forget();
  return { script, db, tx };
}

it('runs calls made at once one after another, in their order', async () => {
  const { script, tx } = await begun();
  const first = script.hold('tx1 execute select 1');
  const all = Promise.all([tx.query(sql`select 1`), tx.query(sql`select 2`), tx.query(sql`select 3`)]);
  await first.reached;
  await turn();
  expect(script.log).toEqual(['tx1 execute select 1']);
  first.resolve(table(['a'], [1]));
  const [one] = await all;
  expect(one.rows).toEqual([{ a: 1 }]);
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 execute select 2', 'tx1 execute select 3']);
});

it('goes on with the queue after a statement that failed for certain', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute select 1', failure('CONSTRAINT'));
  const failing = expectError(tx.query(sql`select 1`), 'CONSTRAINT');
  await Promise.all([failing, tx.query(sql`select 2`)]);
  await tx.commit();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 execute select 2', 'tx1 commit']);
});

it('queues the COMMIT behind what was called before it', async () => {
  const { script, tx } = await begun();
  const first = script.hold('tx1 execute select 1');
  const query = tx.query(sql`select 1`);
  const commit = tx.commit();
  const late = expectError(tx.query(sql`select 2`), 'TRANSACTION');
  await first.reached;
  first.resolve(table([]));
  await Promise.all([query, commit, late]);
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 commit']);
});

it('never runs a call that was aborted while it waited, and goes on with the others', async () => {
  const { script, tx } = await begun();
  const controller = new AbortController();
  const first = script.hold('tx1 execute select 1');
  const running = tx.query(sql`select 1`);
  const waiting = expectError(tx.query(sql`select 2`, { signal: controller.signal }), 'ABORTED');
  const timed = expectError(tx.query(sql`select 3`, { timeoutMs: 1 }), 'TIMEOUT');
  const last = tx.query(sql`select 4`);
  await first.reached;
  controller.abort();
  await Promise.all([waiting, timed]);
  first.resolve(table([]));
  await Promise.all([running, last]);
  await tx.commit();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 execute select 4', 'tx1 commit']);
});

it('lets nothing but the rollback through after a statement that was aborted while it ran', async () => {
  const { script, tx } = await begun();
  const controller = new AbortController();
  const held = script.hold('tx1 execute select 1');
  const aborted = expectError(tx.query(sql`select 1`, { signal: controller.signal }), 'ABORTED', 'unknown');
  const waiting = expectError(tx.query(sql`select 2`), 'TRANSACTION');
  await held.reached;
  controller.abort();
  await Promise.all([aborted, waiting]);
  await expectError(tx.query(sql`select 3`), 'TRANSACTION');
  await tx.rollback();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback']);
});

it('gives the transaction up after an abort even where the driver says that nothing happened', async () => {
  const { script, tx } = await begun();
  const controller = new AbortController();
  const held = script.hold('tx1 execute', { deaf: true });
  const aborted = expectError(tx.query(sql`select 1`, { signal: controller.signal }), 'ABORTED');
  await held.reached;
  controller.abort();
  held.reject(failure('ABORTED'));
  await aborted;
  await expectError(tx.query(sql`select 2`), 'TRANSACTION');
  await tx.rollback();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback']);
});

it('rolls back at COMMIT where an earlier statement was aborted', async () => {
  const { script, tx } = await begun();
  script.hold('tx1 execute');
  await expectError(tx.query(sql`select 1`, { timeoutMs: 1 }), 'TIMEOUT', 'unknown');
  await expectError(tx.commit(), 'TRANSACTION');
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback']);
  await tx[Symbol.asyncDispose]();
});

it('rolls back a body that swallows the abort of its statement', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  script.hold('tx1 execute');
  const work = db.transaction(async (tx) => {
    await tx.query(sql`select 1`, { timeoutMs: 1 }).catch(() => {});
    return 'looks fine';
  });
  await expectError(work, 'TRANSACTION');
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 rollback']);
});

it('gives the transaction up after an error whose outcome nobody knows', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute', failure('UNREACHABLE', 'unknown'));
  await expectError(tx.query(sql`select 1`), 'UNREACHABLE', 'unknown');
  await expectError(tx.query(sql`select 2`), 'TRANSACTION');
  await tx.rollback();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback']);
});

it('gives the transaction up after an error that is none of ours', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute', new TypeError('a bug in the adapter'));
  await expectError(tx.query(sql`select 1`), 'INTERNAL', 'unknown');
  await expectError(tx.query(sql`select 2`), 'TRANSACTION');
  await tx[Symbol.asyncDispose]();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback']);
});

it('goes on after a statement that ran and only could not deliver its result', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute select 1', failure('DATA', 'applied'));
  await expectError(tx.query(sql`select 1`), 'DATA', 'applied');
  await tx.query(sql`select 2`);
  await tx.commit();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 execute select 2', 'tx1 commit']);
});

it('repeats a throttled statement in its turn, before the next one', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute select 1', failure('THROTTLED'));
  await Promise.all([tx.query(sql`select 1`), tx.query(sql`select 2`)]);
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 execute select 1', 'tx1 execute select 2']);
});

it.each([
  ['ABORTED', (controller: AbortController) => controller.abort()],
  ['CLOSED', (_: AbortController, db: Connection) => void db.close()],
] as const)('does not repeat a throttled statement after %s', async (code, interrupt) => {
  const { script, db, tx } = await begun();
  const controller = new AbortController();
  const held = script.hold('tx1 execute');
  const refused = expectError(tx.query(sql`select 1`, { signal: controller.signal }), code);
  await held.reached;
  held.reject(failure('THROTTLED'));
  await turn();
  interrupt(controller, db);
  await refused;
  await db.close();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback', 'close']);
});

it('never repeats a statement of unknown outcome in a transaction, idempotent or not', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute', failure('UNREACHABLE', 'unknown'));
  await expectError(tx.query(sql`select 1`, { idempotent: true }), 'UNREACHABLE', 'unknown');
  expect(script.log).toEqual(['tx1 execute select 1']);
});

it('checks what the caller passed before it queues', async () => {
  const { script, tx } = await begun();
  await expectError(tx.query('select $1', [undefined as never]), 'DATA');
  await expectError(tx.query('commit'), 'TRANSACTION');
  await expectError(tx.query('select 1; select 2'), 'SYNTAX');
  expect(script.log).toEqual([]);
});

it('sends the parameters as they were when the call was made', async () => {
  const { script, tx } = await begun();
  const first = script.hold('tx1 execute select 1');
  const params: unknown[] = ['before'];
  const all = Promise.all([tx.query(sql`select 1`), tx.query('select $1', params as never)]);
  await first.reached;
  params[0] = { after: true };
  first.resolve(table([]));
  await all;
  expect(script.log.at(-1)).toBe('tx1 execute select $1 ["before"]');
});

it('rolls back at once where a driver does not react to the abort of its statement', async () => {
  const { script, tx } = await begun();
  const held = script.hold('tx1 execute', { deaf: true });
  await expectError(tx.query(sql`select 1`, { timeoutMs: 1 }), 'TIMEOUT', 'unknown');
  await tx.rollback();
  expect(script.log).toEqual(['tx1 execute select 1', 'tx1 rollback']);
  held.reject(new Error('too late for anyone'));
  await turn();
});

it.each([
  ['COMMIT', 'tx1 commit', 'unknown'],
  ['a savepoint', 'tx1 execute savepoint', 'unknown'],
  ['the release of a savepoint', 'tx1 execute release', 'unknown'],
] as const)('limits %s by the timeoutMs of the transaction', async (_, call, outcome) => {
  const script = new ScriptedDriver();
  script.hold(call);
  const work = connect(script.adapter).transaction((tx) => tx.transaction(async () => {}), { timeoutMs: 5 });
  await expectError(work, 'TIMEOUT', outcome);
  expect(script.log.at(-1)).toBe(call === 'tx1 commit' ? 'tx1 commit' : 'tx1 rollback');
});

it('gives a transaction up whose rollback to a savepoint takes longer than timeoutMs, its own before that of the outer', async () => {
  const script = new ScriptedDriver();
  script.hold('tx1 execute rollback to');
  const nested = { timeoutMs: 5 };
  const work = connect(script.adapter).transaction(
    (tx) => tx.transaction(() => Promise.reject(new Error('no')), nested),
    { timeoutMs: 60_000 },
  );
  await expect(work).rejects.toThrow('no');
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it('does not count into the timeoutMs of a transaction what its own statements wait for those of the body', async () => {
  const script = new ScriptedDriver();
  const slow = script.hold('tx1 execute select slow');
  const db = connect(script.adapter);
  const tx = await db.begin({ timeoutMs: 20 });
  const failed = tx.transaction(async (inner) => {
    void inner.query(sql`select slow`);
    throw new Error('no');
  });
  const committed = expect(failed)
    .rejects.toThrow('no')
    .then(() => tx.commit());
  await slow.reached;
  await new Promise((resolve) => setTimeout(resolve, 60));
  slow.resolve(table([]));
  await committed;
  expect(script.log.slice(-3)).toEqual([
    'tx1 execute rollback to savepoint sqlport_1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 commit',
  ]);
});
