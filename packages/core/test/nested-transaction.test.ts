import { expect, it } from 'vitest';
import { connect, sql, type Transaction } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

async function begun() {
  const script = new ScriptedDriver();
  const tx = await connect(script.adapter).begin();
  script.forget();
  return { script, tx };
}

const own = new Error('mine');

it('is a savepoint that is released when its body resolves', async () => {
  const { script, tx } = await begun();
  const answer = await tx.transaction(async (inner) => {
    await inner.query(sql`select 1`);
    return 5;
  });
  await tx.commit();
  expect(answer).toBe(5);
  expect(script.log).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute select 1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 commit',
  ]);
});

it('rolls back to its savepoint when its body rejects, and the outer level goes on', async () => {
  const { script, tx } = await begun();
  await expect(tx.transaction(() => Promise.reject(own))).rejects.toBe(own);
  await tx.query(sql`select 2`);
  await tx.commit();
  expect(script.log).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute rollback to savepoint sqlport_1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 execute select 2',
    'tx1 commit',
  ]);
});

it('names every savepoint of a transaction differently, at any depth', async () => {
  const { script, tx } = await begun();
  await tx.transaction(async (second) => {
    await second.transaction(async (third) => {
      await third.query(sql`select 3`);
    });
  });
  await tx.transaction(async () => {});
  const opened = script.log.filter((line) => line.includes('execute savepoint'));
  expect(opened).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute savepoint sqlport_2',
    'tx1 execute savepoint sqlport_3',
  ]);
});

it('refuses a sibling and the parent at once while it is open, instead of waiting for ever', async () => {
  const { script, tx } = await begun();
  const results = await tx.transaction(async (inner) => {
    await inner.query(sql`select 1`);
    return [
      await expectError(tx.query(sql`select 2`), 'TRANSACTION'),
      await expectError(
        tx.transaction(async () => {}),
        'TRANSACTION',
      ),
      await expectError(tx.batch([sql`select 1`, sql`select 2`]), 'TRANSACTION'),
      await expectError(tx.commit(), 'TRANSACTION'),
      await expectError(tx.rollback(), 'TRANSACTION'),
      await expectError(tx.stream(sql`select 1`)[Symbol.asyncIterator]().next(), 'TRANSACTION'),
    ];
  });
  expect(results.length).toBe(6);
  await tx.commit();
  expect(script.log).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute select 1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 commit',
  ]);
});

it('refuses the second of two siblings that are started at once', async () => {
  const { script, tx } = await begun();
  const [first, second] = await Promise.allSettled([
    tx.transaction((inner) => inner.query(sql`select 1`)),
    tx.transaction((inner) => inner.query(sql`select 2`)),
  ]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'TRANSACTION' } });
  expect(script.log.filter((line) => line.includes('select'))).toEqual(['tx1 execute select 1']);
});

it('queues behind what the parent called before it', async () => {
  const { script, tx } = await begun();
  const held = script.hold('tx1 execute select 1');
  const before = tx.query(sql`select 1`);
  const nested = tx.transaction((inner) => inner.query(sql`select 2`));
  await held.reached;
  await turn();
  expect(script.log).toEqual(['tx1 execute select 1']);
  held.resolve(table([]));
  await Promise.all([before, nested]);
  expect(script.log.slice(1, 3)).toEqual(['tx1 execute savepoint sqlport_1', 'tx1 execute select 2']);
});

it('passes on a savepoint that fails, without running the body', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute savepoint', failure('DATABASE'));
  let ran = false;
  await expectError(
    tx.transaction(async () => {
      ran = true;
    }),
    'DATABASE',
  );
  expect(ran).toBe(false);
  await tx.query(sql`select 1`);
  expect(script.log).toEqual(['tx1 execute savepoint sqlport_1', 'tx1 execute select 1']);
});

it('rolls back to the savepoint where the release fails', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute release', failure('DATABASE'));
  await expectError(
    tx.transaction(async () => 1),
    'DATABASE',
  );
  await tx.commit();
  expect(script.log).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 execute rollback to savepoint sqlport_1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 commit',
  ]);
});

it('gives the whole transaction up where it cannot roll back to the savepoint', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute rollback to', failure('DATABASE'));
  await expect(tx.transaction(() => Promise.reject(own))).rejects.toBe(own);
  await expectError(tx.query(sql`select 2`), 'TRANSACTION');
  await expectError(tx.commit(), 'TRANSACTION');
  expect(script.log).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute rollback to savepoint sqlport_1',
    'tx1 rollback',
  ]);
});

it('ends a rollback to the savepoint that nobody answers, when the outer transaction is aborted', async () => {
  const script = new ScriptedDriver();
  const held = script.hold('tx1 execute rollback to');
  const aborting = new AbortController();
  const work = connect(script.adapter).transaction((tx) => tx.transaction(() => Promise.reject(own)), {
    signal: aborting.signal,
  });
  work.catch(() => {});
  await held.reached;
  aborting.abort();
  await expect(work).rejects.toBe(own);
  expect(script.log.slice(-2)).toEqual(['tx1 execute rollback to savepoint sqlport_1', 'tx1 rollback']);
});

it('rolls back to the savepoint though the signal of the nested transaction is aborted', async () => {
  const { script, tx } = await begun();
  const aborting = new AbortController();
  const nested = tx.transaction(
    async () => {
      aborting.abort();
      throw own;
    },
    { signal: aborting.signal },
  );
  await expect(nested).rejects.toBe(own);
  await tx.commit();
  expect(script.log.slice(1)).toEqual([
    'tx1 execute rollback to savepoint sqlport_1',
    'tx1 execute release savepoint sqlport_1',
    'tx1 commit',
  ]);
});

it('rejects the outer transaction whose nested one could not be rolled back, even if its body went on', async () => {
  const script = new ScriptedDriver();
  script.fail('tx1 execute rollback to', failure('UNREACHABLE', 'unknown'));
  const work = connect(script.adapter).transaction(async (tx) => {
    await tx.transaction(() => Promise.reject(own)).catch(() => {});
    return 'looks fine';
  });
  await expectError(work, 'TRANSACTION');
  expect(script.log.slice(2)).toEqual([
    'tx1 execute savepoint sqlport_1',
    'tx1 execute rollback to savepoint sqlport_1',
    'tx1 rollback',
  ]);
});

it('gives the whole transaction up after a nested statement of unknown outcome', async () => {
  const { script, tx } = await begun();
  script.fail('tx1 execute select 1', failure('UNREACHABLE', 'unknown'));
  await expectError(
    tx.transaction((inner) => inner.query(sql`select 1`)),
    'UNREACHABLE',
    'unknown',
  );
  await expectError(tx.query(sql`select 2`), 'TRANSACTION');
  expect(script.log).toEqual(['tx1 execute savepoint sqlport_1', 'tx1 execute select 1', 'tx1 rollback']);
});

it('fails the body that ends while a nested transaction is still open, and rolls everything back', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  const held = script.hold('tx1 execute select 1');
  let nested: Promise<unknown> = Promise.resolve();
  const work = expectError(
    db.transaction(async (tx) => {
      nested = expectError(
        tx.transaction(async (inner) => {
          await inner.query(sql`select 1`);
          await inner.query(sql`select 2`);
        }),
        'TRANSACTION',
      );
      await held.reached;
    }),
    'TRANSACTION',
  );
  await held.reached;
  await turn();
  held.resolve(table([]));
  await Promise.all([work, nested]);
  expect(script.log.slice(2)).toEqual(['tx1 execute savepoint sqlport_1', 'tx1 execute select 1', 'tx1 rollback']);
});

it('refuses an inner transaction after its end', async () => {
  const { tx } = await begun();
  let kept: Transaction | undefined;
  await tx.transaction(async (inner) => {
    kept = inner;
  });
  await expectError((kept as Transaction).query(sql`select 1`), 'TRANSACTION');
  await tx.commit();
  await expectError((kept as Transaction).query(sql`select 1`), 'TRANSACTION');
});

it('refuses options that a savepoint cannot have', async () => {
  const { script, tx } = await begun();
  const body = async () => {};
  await expectError(tx.transaction(body, { isolation: 'serializable' }), 'UNSUPPORTED');
  await expectError(tx.transaction(body, { readOnly: true }), 'UNSUPPORTED');
  await expectError(tx.transaction(body, { retry: 1 }), 'UNSUPPORTED');
  await expectError(tx.transaction(body, { route: 'reader' }), 'UNSUPPORTED');
  expect(script.log).toEqual([]);
});

it('rolls back the whole transaction when its signal is aborted inside a nested one', async () => {
  const script = new ScriptedDriver();
  const controller = new AbortController();
  const held = script.hold('tx1 execute select 1');
  const work = expectError(
    connect(script.adapter).transaction((tx) => tx.transaction((inner) => inner.query(sql`select 1`)), {
      signal: controller.signal,
    }),
    'ABORTED',
    'unknown',
  );
  await held.reached;
  controller.abort();
  await work;
  expect(script.log.slice(2)).toEqual(['tx1 execute savepoint sqlport_1', 'tx1 execute select 1', 'tx1 rollback']);
});

it("does not ignore a nested transaction's own signal", async () => {
  const { script, tx } = await begun();
  const controller = new AbortController();
  const work = tx.transaction(
    async (inner) => {
      controller.abort();
      await inner.query(sql`select 1`);
    },
    { signal: controller.signal },
  );
  await work.then(
    () => expect.unreachable('the signal was ignored'),
    (error: unknown) => expect(error).toMatchObject({ code: expect.stringMatching(/^(ABORTED|UNSUPPORTED)$/) }),
  );
  expect(script.log).not.toContain('tx1 execute select 1');
});

it('ends the streams of its level before it is released', async () => {
  const { script, tx } = await begun();
  script.streams.push([table(['a'], [1]), table(['a'], [2])]);
  let rows: AsyncIterator<unknown> | undefined;
  await tx.transaction(async (inner) => {
    rows = inner.stream(sql`select a`)[Symbol.asyncIterator]();
    await rows.next();
  });
  expect(script.log.slice(1)).toEqual([
    'tx1 stream select a',
    'tx1 fetch',
    'tx1 return',
    'tx1 execute release savepoint sqlport_1',
  ]);
  await expectError((rows as AsyncIterator<unknown>).next(), 'TRANSACTION', 'unknown');
});
