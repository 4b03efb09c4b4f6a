import { describe, expect, it } from 'vitest';
import { connect, type Dialect, sql } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

const TWO = [sql`insert into t values (${1})`, sql`insert into t values (${2})`];
const DIALECTS: readonly Dialect[] = ['postgres', 'mysql'];

/** The placeholder and the log line of one of {@link TWO}. */
const insert = (dialect: Dialect, value: number) =>
  `insert into t values (${dialect === 'mysql' ? '?' : '$1'}) [${value}]`;

describe.each(DIALECTS)('on %s', (dialect) => {
  it('is one call where the driver has batch', async () => {
    const script = new ScriptedDriver({ dialect, batch: true });
    script.answer('batch', [table(['a'], [1]), { ...table([]), rowsAffected: 4 }]);
    const results = await connect(script.adapter).batch(TWO);
    expect(results.map(({ rows, rowsAffected }) => [rows, rowsAffected])).toEqual([
      [[{ a: 1 }], 0],
      [[], 4],
    ]);
    expect(script.log).toEqual(['open', `batch ${insert(dialect, 1)}; ${insert(dialect, 2)}`]);
  });

  it('is a transaction where it has not', async () => {
    const script = new ScriptedDriver({ dialect });
    await connect(script.adapter).batch(TWO);
    expect(script.log).toEqual([
      'open',
      'begin',
      `tx1 execute ${insert(dialect, 1)}`,
      `tx1 execute ${insert(dialect, 2)}`,
      'tx1 commit',
    ]);
  });

  it('applies nothing where a statement fails, or ran without delivering its result', async () => {
    const script = new ScriptedDriver({ dialect });
    const db = connect(script.adapter);
    script.fail(`tx1 execute ${insert(dialect, 2)}`, failure('CONSTRAINT'));
    await expectError(db.batch(TWO), 'CONSTRAINT');
    expect(script.log.at(-1)).toBe('tx1 rollback');
    script.fail(`tx2 execute ${insert(dialect, 1)}`, failure('DATA', 'applied'));
    await expectError(db.batch(TWO), 'DATA');
    expect(script.log.slice(-2)).toEqual([`tx2 execute ${insert(dialect, 1)}`, 'tx2 rollback']);
  });

  it('keeps the error of the statement where the rollback fails as well', async () => {
    const script = new ScriptedDriver({ dialect });
    script.fail('tx1 execute', failure('CONSTRAINT'));
    script.fail('tx1 rollback', failure('UNREACHABLE', 'unknown'));
    await expectError(connect(script.adapter).batch(TWO), 'CONSTRAINT');
  });

  it('says unknown where what was applied could not be rolled back for certain', async () => {
    const script = new ScriptedDriver({ dialect });
    script.fail('tx1 execute', failure('DATA', 'applied'));
    script.fail('tx1 rollback', failure('UNREACHABLE', 'unknown'));
    await expectError(connect(script.adapter).batch(TWO), 'DATA', 'unknown');
  });

  it('is repeated as a whole where its transaction was lost: the caller knows of none', async () => {
    const script = new ScriptedDriver({ dialect });
    script.fail(`tx1 execute ${insert(dialect, 2)}`, failure('TRANSACTION'));
    await connect(script.adapter).batch(TWO);
    expect(script.log.at(-1)).toBe('tx2 commit');
    script.fail('tx3 execute', failure('TRANSACTION'));
    await expectError(connect(script.adapter, { retry: false }).batch(TWO), 'UNREACHABLE');
  });

  it('says unknown where a procedure may have committed before it failed', async () => {
    const script = new ScriptedDriver({ dialect });
    const db = connect(script.adapter, { retry: false });
    const outcome = dialect === 'mysql' ? 'unknown' : 'not-applied';
    const call = sql`call p()`;
    for (const [number, failing, batch] of [
      [1, 'execute select 1', [call, sql`select 1`]],
      [2, 'commit', [sql`select 1`, call]],
    ] as const) {
      script.fail(`tx${number} ${failing}`, failure('DATABASE'));
      await expectError(db.batch(batch), 'DATABASE', outcome);
    }
    // Its result was lost, and a rollback comes too late.
    script.fail('tx3 execute call p()', failure('DATA', 'applied'));
    await expectError(db.batch([call, call]), 'DATA', outcome);
    script.fail('tx4 execute select 1', failure('DATABASE'));
    await expectError(db.batch([sql`select 1`, call]), 'DATABASE', 'not-applied');
  });

  it('says unknown of a statement that ended the transaction itself', async () => {
    const script = new ScriptedDriver({ dialect });
    script.fail('tx1 execute', failure('TRANSACTION', 'applied'));
    await expectError(connect(script.adapter).batch(TWO), 'TRANSACTION', 'unknown');
  });

  it('is repeated as a whole, on a new transaction, where it was throttled', async () => {
    const script = new ScriptedDriver({ dialect });
    script.fail(`tx1 execute ${insert(dialect, 2)}`, failure('THROTTLED'));
    await connect(script.adapter).batch(TWO);
    expect(script.log.slice(3)).toEqual([
      `tx1 execute ${insert(dialect, 2)}`,
      'tx1 rollback',
      'begin',
      `tx2 execute ${insert(dialect, 1)}`,
      `tx2 execute ${insert(dialect, 2)}`,
      'tx2 commit',
    ]);
  });

  it('passes on a COMMIT of unknown outcome', async () => {
    const script = new ScriptedDriver({ dialect });
    script.fail('tx1 commit', failure('UNREACHABLE', 'unknown'));
    await expectError(connect(script.adapter).batch(TWO), 'UNREACHABLE', 'unknown');
    expect(script.log.at(-1)).toBe('tx1 commit');
  });

  it.each([1, 2])(
    'does not commit what was aborted at statement %i, even with a driver that does not react',
    async (nth) => {
      const script = new ScriptedDriver({ dialect });
      const controller = new AbortController();
      const held = script.hold(`tx1 execute ${insert(dialect, nth)}`, { deaf: true });
      const work = expectError(connect(script.adapter).batch(TWO, { signal: controller.signal }), 'ABORTED', 'unknown');
      await held.reached;
      controller.abort();
      await work;
      held.resolve(table([]));
      await turn();
      expect(script.log.slice(-2)).toEqual([`tx1 execute ${insert(dialect, nth)}`, 'tx1 rollback']);
    },
  );

  it('sends a single statement as it is, and none not at all', async () => {
    const script = new ScriptedDriver({ dialect, batch: true });
    const db = connect(script.adapter);
    expect(await db.batch([])).toEqual([]);
    expect(script.log).toEqual([]);
    script.answer('execute', table(['a'], [1]));
    expect((await db.batch([sql`select 1`]))[0]?.rows).toEqual([{ a: 1 }]);
    expect(script.log).toEqual(['open', 'execute select 1']);
  });

  it('checks every statement before it sends the first', async () => {
    const script = new ScriptedDriver({ dialect });
    const db = connect(script.adapter);
    await expectError(db.batch([sql`select 1`, sql`commit`]), 'TRANSACTION');
    await expectError(db.batch([sql`select 1`, sql`select 1; select 2`]), 'SYNTAX');
    await expectError(db.batch([sql`select 1`, sql`select ${undefined as never}`]), 'DATA');
    await expectError(db.batch([sql`select 1`, 'select 2' as never, {} as never]), 'DATA');
    await expectError(db.batch(sql`select 1` as never), 'DATA');
    expect(script.log).toEqual([]);
  });

  describe('in a transaction', () => {
    async function begun(batch: boolean) {
      const script = new ScriptedDriver({ dialect, batch });
      const tx = await connect(script.adapter).begin();
      script.forget();
      return { script, tx };
    }

    it.each([true, false])('is atomic within it, driver batch: %s', async (batch) => {
      const { script, tx } = await begun(batch);
      script.fail(batch ? 'tx1 batch' : `tx1 execute ${insert(dialect, 2)}`, failure('CONSTRAINT'));
      await expectError(tx.batch(TWO), 'CONSTRAINT');
      await tx.query(sql`select 1`);
      await tx.commit();
      expect(script.log[0]).toBe('tx1 execute savepoint sqlport_1');
      expect(script.log.slice(-4)).toEqual([
        'tx1 execute rollback to savepoint sqlport_1',
        'tx1 execute release savepoint sqlport_1',
        'tx1 execute select 1',
        'tx1 commit',
      ]);
    });

    it('does not say applied of what the savepoint took back', async () => {
      const { script, tx } = await begun(false);
      script.fail(`tx1 execute ${insert(dialect, 1)}`, failure('DATA', 'applied'));
      await expectError(tx.batch(TWO), 'DATA', 'not-applied');
      expect(script.log.at(-1)).toBe('tx1 execute release savepoint sqlport_1');
    });

    it('repeats only the statement that was throttled', async () => {
      const { script, tx } = await begun(false);
      script.fail(`tx1 execute ${insert(dialect, 2)}`, failure('THROTTLED'));
      await tx.batch(TWO);
      expect(script.log.filter((line) => line.includes('insert'))).toEqual([
        `tx1 execute ${insert(dialect, 1)}`,
        `tx1 execute ${insert(dialect, 2)}`,
        `tx1 execute ${insert(dialect, 2)}`,
      ]);
    });

    it('takes any option of a query', async () => {
      const { tx } = await begun(false);
      await tx.batch(TWO, { route: 'writer', idempotent: true, timeoutMs: 1_000 });
    });

    it('checks its limits', async () => {
      const { script, tx } = await begun(false);
      await expectError(tx.batch(TWO, { timeoutMs: -1 }), 'DATA');
      await expectError(tx.batch(TWO, { signal: {} as AbortSignal }), 'DATA');
      expect(script.log).toEqual([]);
      await tx.query(sql`select 1`);
    });

    it('has one time limit for all of it, and gives the transaction up when it passes', async () => {
      const { script, tx } = await begun(false);
      script.hold(`tx1 execute ${insert(dialect, 2)}`);
      await expectError(tx.batch(TWO, { timeoutMs: 20 }), 'TIMEOUT', 'unknown');
      await expectError(tx.query(sql`select 1`), 'TRANSACTION');
      await tx.rollback();
      expect(script.log).toEqual([
        'tx1 execute savepoint sqlport_1',
        `tx1 execute ${insert(dialect, 1)}`,
        `tx1 execute ${insert(dialect, 2)}`,
        'tx1 rollback',
      ]);
    });

    it('gives the transaction up where it cannot roll back to the savepoint', async () => {
      const { script, tx } = await begun(false);
      script.fail(`tx1 execute ${insert(dialect, 2)}`, failure('CONSTRAINT'));
      script.fail('tx1 execute rollback to', failure('DATABASE'));
      await expectError(tx.batch(TWO), 'CONSTRAINT', 'unknown');
      await expectError(tx.query(sql`select 1`), 'TRANSACTION');
      await tx.rollback();
      expect(script.log.slice(-2)).toEqual(['tx1 execute rollback to savepoint sqlport_1', 'tx1 rollback']);
    });

    it('queues other calls that are made while it runs', async () => {
      const { script, tx } = await begun(true);
      const held = script.hold('tx1 batch');
      const batch = tx.batch(TWO);
      await held.reached;
      const other = tx.query(sql`select 1`);
      held.resolve([table([]), table([])]);
      await batch;
      await other;
      expect(script.log.at(-1)).toBe('tx1 execute select 1');
    });
  });
});

it('answers UNSUPPORTED where the strategy has neither batch nor transactions', async () => {
  const script = new ScriptedDriver({ traits: { transactions: false, isolationLevels: [] } });
  await expectError(connect(script.adapter).batch(TWO), 'UNSUPPORTED');
  expect(script.log).toEqual(['open']);
});
