import { expect, it } from 'vitest';
import { connect, type Outcome, sql, type Transaction } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, type ScriptOptions } from './scripted-driver.ts';

failOnUnhandledRejections();

function connected(options: ScriptOptions = {}) {
  const script = new ScriptedDriver(options);
  return { script, db: connect(script.adapter) };
}

it('commits when the body resolves, and answers what the body did', async () => {
  const { script, db } = connected();
  const answer = await db.transaction(async (tx) => {
    await tx.query(sql`insert into t values (${1})`);
    return 'done';
  });
  expect(answer).toBe('done');
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute insert into t values ($1) [1]', 'tx1 commit']);
});

it("rolls back when the body rejects, and rejects with the body's own error", async () => {
  const { script, db } = connected();
  const own = new Error('mine');
  const work = db.transaction(async (tx) => {
    await tx.query(sql`select 1`);
    throw own;
  });
  await expect(work).rejects.toBe(own);
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 rollback']);
});

it('rolls back when the body throws at once', async () => {
  const { script, db } = connected();
  const own = new Error('mine');
  const body = () => {
    throw own;
  };
  await expect(db.transaction(body)).rejects.toBe(own);
  expect(script.log).toEqual(['open', 'begin', 'tx1 rollback']);
});

it("keeps the body's error where the rollback fails as well", async () => {
  const { script, db } = connected();
  script.fail('tx1 rollback', failure('UNREACHABLE', 'unknown'));
  const own = new Error('mine');
  await expect(db.transaction(() => Promise.reject(own))).rejects.toBe(own);
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it('does not begin where the options are wrong', async () => {
  const { script, db } = connected();
  const body = async () => {};
  await expectError(db.transaction(body, { isolation: 'repeatable read' }), 'UNSUPPORTED');
  await expectError(db.begin({ isolation: 'chaos' as 'serializable' }), 'UNSUPPORTED');
  await expectError(db.begin({ route: 'reader' }), 'DATA');
  await expectError(db.transaction(body, { retry: -1 }), 'DATA');
  await expectError(db.transaction(body, { retry: 0.5 }), 'DATA');
  expect(script.log).toEqual([]);
});

it('hands isolation, readOnly and route to the driver, and keeps the rest for itself', async () => {
  const script = new ScriptedDriver({ traits: { readers: true } });
  const options = { isolation: 'serializable', readOnly: true, route: 'reader' } as const;
  const { signal } = new AbortController();
  const tx = await connect(script.adapter).begin({ ...options, signal, timeoutMs: 1_000, retry: 3 });
  await tx.rollback();
  expect(Object.keys(script.begins[0]?.options ?? {}).sort()).toEqual(['isolation', 'readOnly', 'route']);
  expect(script.begins[0]?.options).toEqual(options);
});

it('rolls back where COMMIT is refused, because its signal is aborted already', async () => {
  const { script, db } = connected();
  const controller = new AbortController();
  const tx = await db.begin({ signal: controller.signal });
  controller.abort();
  await expectError(tx.commit(), 'ABORTED');
  expect(script.log).toEqual(['open', 'begin', 'tx1 rollback']);
});

it('answers UNSUPPORTED where the strategy has no transactions', async () => {
  const script = new ScriptedDriver({ traits: { transactions: false, isolationLevels: [] } });
  const db = connect(script.adapter);
  await expectError(db.begin(), 'UNSUPPORTED');
  await expectError(
    db.transaction(async () => {}),
    'UNSUPPORTED',
  );
  expect(script.log).toEqual([]);
});

it('gives up a BEGIN that resolves after its abort: it is rolled back and not leaked', async () => {
  const { script, db } = connected();
  const beginning = script.hold('begin', { deaf: true });
  const controller = new AbortController();
  const begun = expectError(db.begin({ signal: controller.signal }), 'ABORTED', 'unknown');
  await beginning.reached;
  controller.abort();
  await begun;
  expect(script.log).toEqual(['open', 'begin']);
  beginning.resolve();
  await turn();
  expect(script.log).toEqual(['open', 'begin', 'tx1 rollback']);
});

it('stays quiet where the rollback of a late BEGIN fails', async () => {
  const { script, db } = connected();
  const beginning = script.hold('begin', { deaf: true });
  script.fail('tx1 rollback', failure('UNREACHABLE', 'unknown'));
  const begun = expectError(db.begin({ timeoutMs: 5 }), 'TIMEOUT', 'unknown');
  await begun;
  beginning.resolve();
  await turn();
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it.each<Outcome>(['not-applied', 'applied', 'unknown'])(
  'passes on a COMMIT that fails with %s, and sends no ROLLBACK after it',
  async (outcome) => {
    const { script, db } = connected();
    script.fail('tx1 commit', failure('UNREACHABLE', outcome));
    await expectError(
      db.transaction(async (tx) => {
        await tx.query(sql`select 1`);
      }),
      'UNREACHABLE',
      outcome,
    );
    expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 commit']);
  },
);

it('never repeats a COMMIT', async () => {
  const { script, db } = connected();
  script.fail('tx1 commit', failure('THROTTLED'));
  const tx = await db.begin();
  await expectError(tx.commit(), 'THROTTLED');
  expect(script.log).toEqual(['open', 'begin', 'tx1 commit']);
});

it('lets a body end the transaction itself', async () => {
  const { script, db } = connected();
  await db.transaction((tx) => tx.commit());
  await db.transaction((tx) => tx.rollback());
  expect(script.log).toEqual(['open', 'begin', 'tx1 commit', 'begin', 'tx2 rollback']);
});

it('can be finished only once', async () => {
  const { script, db } = connected();
  for (const finish of ['commit', 'rollback'] as const) {
    const tx = await db.begin();
    await tx[finish]();
    await expectError(tx.commit(), 'TRANSACTION');
    await expectError(tx.rollback(), 'TRANSACTION');
    await expectError(tx.query(sql`select 1`), 'TRANSACTION');
    await tx[Symbol.asyncDispose]();
  }
  expect(script.log).toEqual(['open', 'begin', 'tx1 commit', 'begin', 'tx2 rollback']);
});

it.each([
  ['TRANSACTION', 'unknown', 'unknown'],
  ['UNREACHABLE', 'unknown', 'not-applied'],
] as const)('says of a COMMIT after %s, %s that it is %s', async (code, outcome, ofCommit) => {
  const { script, db } = connected();
  script.fail('tx1 execute select 1', failure(code, outcome));
  const tx = await db.begin();
  await expectError(tx.query('select 1'), code, outcome);
  await expectError(tx.query('select 2'), 'TRANSACTION', 'not-applied');
  await expectError(tx.commit(), 'TRANSACTION', ofCommit);
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 rollback']);
});

it.each([
  ['mysql', 'unknown'],
  ['postgres', 'not-applied'],
] as const)('says of a COMMIT after a procedure on %s that it is %s', async (dialect, outcome) => {
  for (const call of [
    (tx: Transaction) => tx.query('call p()'),
    (tx: Transaction) => tx.batch([sql`select 1`, sql`call p()`]),
    (tx: Transaction) => tx.stream(sql`call p()`)[Symbol.asyncIterator]().next(),
  ]) {
    const { script, db } = connected({ dialect });
    script.fail('tx1 commit', failure('TRANSACTION'));
    const tx = await db.begin();
    await call(tx);
    await expectError(tx.commit(), 'TRANSACTION', outcome);
  }
});

it('ends once for two commits at once', async () => {
  const { script, db } = connected();
  const tx = await db.begin();
  const results = await Promise.allSettled([tx.commit(), tx.commit(), tx.rollback()]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(script.log).toEqual(['open', 'begin', 'tx1 commit']);
});

it('reports a rollback that the server refused', async () => {
  const { script, db } = connected();
  script.fail('tx1 rollback', failure('UNREACHABLE', 'unknown'));
  const tx = await db.begin();
  await expectError(tx.rollback(), 'UNREACHABLE', 'unknown');
});

it('rolls back when it is disposed of, unless it has ended', async () => {
  const { script, db } = connected();
  {
    await using tx = await db.begin();
    await tx.query(sql`select 1`);
  }
  {
    await using tx = await db.begin();
    await tx.commit();
  }
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 rollback', 'begin', 'tx2 commit']);
});

it('disposes quietly where the rollback fails', async () => {
  const { script, db } = connected();
  script.fail('tx1 rollback', failure('UNREACHABLE', 'unknown'));
  const tx = await db.begin();
  await tx[Symbol.asyncDispose]();
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it("aborts what runs, and rolls back, when the transaction's signal is aborted", async () => {
  const { script, db } = connected();
  const running = script.hold('tx1 execute');
  const controller = new AbortController();
  const work = expectError(
    db.transaction((tx) => tx.query(sql`select 1`), { signal: controller.signal }),
    'ABORTED',
    'unknown',
  );
  await running.reached;
  controller.abort();
  await work;
  expect(running.signal?.aborted).toBe(true);
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 rollback']);
});

it("does not commit once the transaction's signal is aborted", async () => {
  const { script, db } = connected();
  const controller = new AbortController();
  await expectError(
    db.transaction(
      async (tx) => {
        await tx.query(sql`select 1`);
        controller.abort();
      },
      { signal: controller.signal },
    ),
    'ABORTED',
  );
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 1', 'tx1 rollback']);
});

it('says unknown of a COMMIT that is aborted under way, and does not touch the transaction again', async () => {
  const { script, db } = connected();
  const committing = script.hold('tx1 commit');
  const controller = new AbortController();
  const work = expectError(
    db.transaction(async () => {}, { signal: controller.signal }),
    'ABORTED',
    'unknown',
  );
  await committing.reached;
  controller.abort();
  await work;
  expect(script.log).toEqual(['open', 'begin', 'tx1 commit']);
});

it("checks a call's own signal in a transaction that has one", async () => {
  const { script, db } = connected();
  const { signal } = new AbortController();
  const tx = await db.begin({ signal });
  await expectError(tx.query(sql`select 1`, { signal: 'x' as unknown as AbortSignal }), 'DATA');
  await tx.query(sql`select 2`);
  await tx.commit();
  expect(script.log).toEqual(['open', 'begin', 'tx1 execute select 2', 'tx1 commit']);
});
