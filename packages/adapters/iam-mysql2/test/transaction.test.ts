import type { DriverTransaction } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Fixture,
  failure,
  numbers,
  type Opened,
  pagesOf,
  run,
  type StreamingTransaction,
  until,
  value,
} from './fixture.ts';
import { Valve } from './valve.ts';

let fixture: Fixture;
let db: Opened;
let other: Opened;
beforeAll(async () => {
  fixture = await Fixture.start();
  other = await fixture.open();
  await run(other, 'CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)');
  await run(other, 'CREATE PROCEDURE commits() BEGIN UPDATE accounts SET balance = 77 WHERE id = 1; COMMIT; END');
  await run(
    other,
    `CREATE PROCEDURE commits_and_goes_on() BEGIN
      CALL commits(); START TRANSACTION; UPDATE accounts SET balance = 88 WHERE id = 2; END`,
  );
  await run(other, 'CREATE PROCEDURE writes() UPDATE accounts SET balance = 66 WHERE id = 1');
  await run(other, "CREATE PROCEDURE commits_and_fails() BEGIN CALL commits(); SIGNAL SQLSTATE '45000'; END");
});
beforeEach(async () => {
  db = await fixture.open({ max: 2, acquireTimeoutMs: 2_000 });
  await run(db, 'DELETE FROM accounts');
  await run(db, 'INSERT INTO accounts VALUES (1, 100), (2, 100)');
});
// Ends what a test that failed left open.
afterEach(() => db.close());
afterAll(() => fixture.stop());

const begin = async (options = {}) => (await db.begin(options, {})) as StreamingTransaction;
const balances = async (of: Opened | DriverTransaction = other) =>
  (await run(of, 'SELECT balance FROM accounts ORDER BY id')).rows.map(([balance]) => balance);
const killOnly = async (id: unknown) => {
  await fixture.ask('KILL ?', [Number(id)]);
  await until(async () => !(await fixture.sessions()).includes(Number(id)));
};

describe('a transaction', () => {
  it('is seen by nobody before commit, and by all after it', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    expect([await balances(tx), await balances()]).toEqual([
      [1, 100],
      [100, 100],
    ]);
    await tx.commit({});
    expect(await balances()).toEqual([1, 100]);
  });

  it('leaves nothing behind after rollback, and gives its connection back', async () => {
    const tx = await begin();
    const id = await value(tx, 'SELECT CONNECTION_ID()');
    await run(tx, 'DELETE FROM accounts');
    await tx.rollback();
    expect(await balances()).toEqual([100, 100]);
    expect(await value(db, 'SELECT CONNECTION_ID()')).toBe(id);
  });

  it.each([
    { isolation: 'read uncommitted', before: 5, after: 5 },
    { isolation: 'read committed', before: 100, after: 5 },
    { isolation: 'repeatable read', before: 100, after: 100 },
  ] as const)('has the isolation level that was asked for: $isolation', async ({ isolation, before, after }) => {
    const tx = await begin({ isolation });
    const seen = () => value(tx, 'SELECT balance FROM accounts WHERE id = 1');
    expect(await seen()).toBe(100);
    const writer = await begin();
    await run(writer, 'UPDATE accounts SET balance = 5 WHERE id = 1');
    expect(await seen()).toBe(before);
    await writer.commit({});
    expect(await seen()).toBe(after);
    await tx.rollback();
  });

  it('has the isolation level that was asked for: serializable', async () => {
    const lock = (tx: DriverTransaction) => run(tx, 'SELECT * FROM accounts FOR UPDATE NOWAIT');
    for (const [isolation, errno] of [
      ['serializable', 3572],
      ['repeatable read', undefined],
    ] as const) {
      const tx = await begin({ isolation });
      await run(tx, 'SELECT * FROM accounts');
      const writer = await begin();
      expect(await lock(writer).catch((error: { errno: number }) => error.errno)).toEqual(errno ?? expect.anything());
      await Promise.all([tx.rollback(), writer.rollback()]);
    }
  });

  it('has its isolation level alone: the next one on the connection has the default again', async () => {
    const first = await begin({ isolation: 'read uncommitted' });
    const id = await value(first, 'SELECT CONNECTION_ID()');
    await first.rollback();
    const second = await begin();
    expect(await value(second, 'SELECT CONNECTION_ID()')).toBe(id);
    await run(other, 'UPDATE accounts SET balance = 5 WHERE id = 1');
    expect(await balances(second)).toEqual([5, 100]);
    await run(other, 'UPDATE accounts SET balance = 6 WHERE id = 1');
    expect(await balances(second)).toEqual([5, 100]);
    await second.rollback();
  });

  it('that is read-only refuses to write', async () => {
    const tx = await begin({ readOnly: true });
    expect(await failure(run(tx, 'DELETE FROM accounts'))).toMatchObject({ code: 'READ_ONLY', outcome: 'not-applied' });
    expect(await balances(tx)).toEqual([100, 100]);
    await tx.commit({});
  });

  it('goes on after a statement that failed', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    expect(await failure(run(tx, 'INSERT INTO accounts VALUES (1, 1)'))).toMatchObject({ code: 'CONSTRAINT' });
    await run(tx, 'UPDATE accounts SET balance = 2 WHERE id = 2');
    await tx.commit({});
    expect(await balances()).toEqual([1, 2]);
  });

  it('can be committed right after a statement that failed', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    await failure(run(tx, 'SELECT * FROM not_there'));
    await tx.commit({});
    expect(await balances()).toEqual([1, 100]);
  });

  it('knows savepoints', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    await run(tx, 'SAVEPOINT a');
    await run(tx, 'UPDATE accounts SET balance = 2 WHERE id = 2');
    await failure(run(tx, 'SELECT * FROM not_there'));
    await run(tx, 'ROLLBACK TO SAVEPOINT a');
    await tx.commit({});
    expect(await balances()).toEqual([1, 100]);
  });

  it('whose BEGIN is aborted takes no connection with it', async () => {
    const single = await fixture.open({ max: 1 });
    const caller = new AbortController();
    const beginning = failure(single.begin({}, { signal: caller.signal }));
    caller.abort();
    expect(await beginning).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await value(single, 'SELECT 1')).toBe(1);
  });
});

describe('a transaction that the server gave up', () => {
  it('by a deadlock is a conflict; nothing of it stays, and it takes no further statement', async () => {
    const one = await begin();
    const two = await begin();
    await run(one, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    await run(two, 'UPDATE accounts SET balance = 2 WHERE id = 2');
    const [first, second] = await Promise.all([
      run(one, 'UPDATE accounts SET balance = 1 WHERE id = 2').catch((error: unknown) => error),
      run(two, 'UPDATE accounts SET balance = 2 WHERE id = 1').catch((error: unknown) => error),
    ]);
    const [victim, error] = first instanceof Error ? [one, first] : [two, second];
    const winner = victim === one ? two : one;
    expect(error).toMatchObject({ code: 'CONFLICT', errno: 1213, outcome: 'not-applied', retryable: true });
    expect(await failure(run(victim, 'UPDATE accounts SET balance = 0'))).toMatchObject({
      code: 'TRANSACTION',
      outcome: 'not-applied',
    });
    expect(await failure(victim.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    await winner.commit({});
    expect(await balances()).toEqual(winner === one ? [1, 1] : [2, 2]);
  });

  it('by a lock that was not had in time runs no later statement by itself', async () => {
    const holder = await begin();
    await run(holder, 'UPDATE accounts SET balance = 5 WHERE id = 2');
    const tx = await begin();
    await run(tx, 'SET innodb_lock_wait_timeout = 1');
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    expect(await failure(run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 2'))).toMatchObject({
      errno: 1205,
      outcome: 'not-applied',
    });
    // By default the server gives up the statement only.
    await run(tx, 'UPDATE accounts SET balance = 3 WHERE id = 1');
    await tx.rollback();
    await holder.rollback();
    expect(await balances()).toEqual([100, 100]);
  });

  it('by a COMMIT in a procedure says that the statement was applied, and ends', async () => {
    const tx = await begin();
    expect(await failure(run(tx, 'CALL commits()'))).toMatchObject({ code: 'TRANSACTION', outcome: 'applied' });
    expect(await failure(run(tx, 'DELETE FROM accounts'))).toMatchObject({
      code: 'TRANSACTION',
      outcome: 'not-applied',
    });
    expect(await failure(tx.commit({}))).toMatchObject({ code: 'TRANSACTION' });
    expect(await balances()).toEqual([77, 100]);
  });

  it.each(['query', 'stream'] as const)(
    'by a COMMIT in a procedure that then begins another one (%s) is noticed by what comes next',
    async (how) => {
      const call = { text: 'CALL commits_and_goes_on()', params: [] };
      const begun = async () => {
        const tx = await begin();
        if (how === 'query') await tx.execute(call, {});
        else await pagesOf(tx.stream(call, { pageSize: 10 }));
        return tx;
      };
      const tx = await begun();
      const next = await failure(run(tx, 'DELETE FROM accounts'));
      expect(next).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
      await tx.rollback();
      expect(await balances()).toEqual([77, 100]);
      expect(await failure((await begun()).commit({}))).toMatchObject({ code: 'TRANSACTION' });
      expect(await balances()).toEqual([77, 100]);
    },
  );

  it('is not what a procedure does that only writes', async () => {
    const tx = await begin();
    for (let calls = 0; calls < 3; calls++) await run(tx, 'CALL writes()');
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 2');
    await run(tx, 'CALL writes()');
    await tx.commit({});
    expect(await balances()).toEqual([66, 1]);
  });

  it('together with an error runs no later statement by itself, and does not pretend to commit', async () => {
    const tx = await begin();
    expect(await failure(run(tx, 'CALL commits_and_fails()'))).toMatchObject({ sqlState: '45000', outcome: 'unknown' });
    expect(await failure(run(tx, 'DELETE FROM accounts'))).toMatchObject({
      code: 'TRANSACTION',
      outcome: 'not-applied',
    });
    const next = await begin();
    await failure(run(next, 'CALL commits_and_fails()'));
    expect(await failure(next.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await balances()).toEqual([77, 100]);
  });

  it('by a statement that commits by itself says so, though core refuses those before', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    const error = await failure(run(tx, 'CREATE TABLE created_inside (a INT)'));
    expect(error).toMatchObject({ code: 'TRANSACTION', outcome: 'applied' });
    await tx.rollback();
  });
});

describe('a transaction whose connection is lost', () => {
  it('in the middle of a statement: nothing of it stays', async () => {
    const tx = await begin();
    const id = await value(tx, 'SELECT CONNECTION_ID()');
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    const running = failure(run(tx, 'SELECT SLEEP(30)'));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
    await killOnly(id);
    expect(await running).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(run(tx, 'SELECT 1'))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(tx.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await balances()).toEqual([100, 100]);
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('between two statements: the next one says so', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    await killOnly(await value(tx, 'SELECT CONNECTION_ID()'));
    expect(await failure(run(tx, 'UPDATE accounts SET balance = 2'))).toMatchObject({
      code: 'TRANSACTION',
      outcome: 'not-applied',
    });
    await tx.rollback();
    expect(await balances()).toEqual([100, 100]);
  });

  it('in the middle of COMMIT: nobody can tell', async () => {
    const valve = await Valve.open(fixture.address);
    const single = await fixture.open({ ...(await fixture.plaintext(valve.port)), max: 1 });
    const tx = await single.begin({}, {});
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    valve.hold();
    const committing = failure(tx.commit({}));
    await until(async () => (await balances())[0] === 1);
    valve.cut();
    expect(await committing).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await value(single, 'SELECT 1')).toBe(1);
    await single.close();
    await valve.close();
  });

  it('is rolled back without an error', async () => {
    const tx = await begin();
    await killOnly(await value(tx, 'SELECT CONNECTION_ID()'));
    await tx.rollback();
    expect(await value(db, 'SELECT 1')).toBe(1);
  });
});

describe('an abort in a transaction', () => {
  it('of what was prepared leaves unknown what that has committed', async () => {
    await run(
      db,
      'CREATE PROCEDURE commits_slowly() BEGIN UPDATE accounts SET balance = 7 WHERE id = 1; COMMIT; DO SLEEP(30); END',
    );
    const tx = await begin();
    await run(tx, "PREPARE s FROM 'CALL commits_slowly()'");
    const caller = new AbortController();
    const running = failure(run(tx, 'EXECUTE s', [], caller.signal));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    await tx.rollback();
    expect(await balances()).toEqual([7, 100]);
    await run(db, 'UPDATE accounts SET balance = 100 WHERE id = 1');
    await run(db, 'DROP PROCEDURE commits_slowly');
  });

  it('of a statement stops it and leaves nothing but rollback', async () => {
    const tx = await begin();
    const id = await value(tx, 'SELECT CONNECTION_ID()');
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    const caller = new AbortController();
    const running = failure(run(tx, 'SELECT SLEEP(30)', [], caller.signal));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await failure(run(tx, 'SELECT 1'))).toMatchObject({ code: 'TRANSACTION' });
    await tx.rollback();
    expect(await fixture.running()).toEqual([]);
    expect(await balances()).toEqual([100, 100]);
    expect(await value(db, 'SELECT CONNECTION_ID()')).toBe(id);
  });

  it('of a statement leaves nothing to commit', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    const caller = new AbortController();
    const running = failure(run(tx, 'SELECT SLEEP(30)', [], caller.signal));
    caller.abort();
    await running;
    expect(await failure(tx.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await balances()).toEqual([100, 100]);
  });

  it('of COMMIT has an unknown outcome, and the connection is used again only after the answer', async () => {
    const valve = await Valve.open(fixture.address);
    const single = await fixture.open({ ...(await fixture.plaintext(valve.port)), max: 1 });
    const tx = await single.begin({}, {});
    const id = await value(tx, 'SELECT CONNECTION_ID()');
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    valve.hold();
    const caller = new AbortController();
    const committing = failure(tx.commit({ signal: caller.signal }));
    await until(async () => (await balances())[0] === 1);
    caller.abort();
    expect(await committing).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    const next = value(single, 'SELECT CONNECTION_ID()');
    valve.release();
    expect(await next).toBe(id);
    await single.close();
    await valve.close();
  });
});

describe('a stream on a transaction', () => {
  it('sees what the transaction wrote', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 7');
    const pages = await pagesOf(tx.stream({ text: 'SELECT balance FROM accounts', params: [] }, { pageSize: 1 }));
    expect(pages.map(({ rows }) => rows)).toEqual([[[7]], [[7]]]);
    await tx.rollback();
  });

  it('that is left early lets the transaction go on', async () => {
    const tx = await begin();
    await run(tx, 'UPDATE accounts SET balance = 1 WHERE id = 1');
    for await (const { rows } of tx.stream(numbers(500_000), { pageSize: 10 })) {
      expect(rows).toHaveLength(10);
      break;
    }
    await run(tx, 'UPDATE accounts SET balance = 2 WHERE id = 2');
    await tx.commit({});
    expect(await balances()).toEqual([1, 2]);
  });

  it('that is aborted leaves nothing but rollback', async () => {
    const tx = await begin();
    const caller = new AbortController();
    const iterator = tx.stream(numbers(500_000), { pageSize: 10, signal: caller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    caller.abort();
    expect(await failure(run(tx, 'SELECT 1'))).toMatchObject({ code: 'TRANSACTION' });
    expect(await failure(iterator.next())).toMatchObject({ code: 'ABORTED' });
    await tx.rollback();
    expect(await value(db, 'SELECT 1')).toBe(1);
  });
});
