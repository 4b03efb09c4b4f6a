import { type Connection, sql, type Transaction } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture, failure } from './fixture.ts';

const MINUTE = 60_000;
const GONE = { code: 'TRANSACTION', outcome: 'not-applied' };

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let db: Connection;
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    db = fixture.connect();
    await db.query('create table t (id int primary key, v int)');
    await db.query('insert into t values (1, 0), (2, 0)');
  });
  afterEach(async () => {
    fixture.setClockAhead(0);
    fixture.endpoint.faults.clear();
    await fixture.nothingOpen();
  });
  afterAll(() => fixture.stop());

  const valueAt = async (id: number): Promise<number> =>
    Number((await fixture.ask(`select v from t where id = ${id}`))[0]![0]);
  const set = (tx: Transaction | Connection, id: number, v: number) =>
    tx.query(sql`update t set v = ${v} where id = ${id}`);

  describe('one that has ended on the server', () => {
    it('after 3 minutes without a statement is TRANSACTION, and nothing of it stays', async () => {
      const tx = await db.begin();
      await set(tx, 1, 9);
      fixture.setClockAhead(3 * MINUTE + 1);
      const error = await failure(set(tx, 1, 10));
      expect(error).toMatchObject(GONE);
      expect(error.message).toContain('3 minutes');
      // The clock of the endpoint does not heal it.
      fixture.setClockAhead(0);
      expect(await failure(set(tx, 1, 11))).toMatchObject(GONE);
      expect(await failure(tx.commit())).toMatchObject(GONE);
      expect(await valueAt(1)).not.toBe(9);
    });

    it('is not one that was used every two minutes, until a day is over', async () => {
      const tx = await db.begin();
      for (let ahead = 0; ahead < 10 * MINUTE; ahead += 2 * MINUTE) {
        fixture.setClockAhead(ahead);
        await set(tx, 2, ahead);
      }
      await tx.rollback();
      // The SDK has followed the endpoint's clock, so that nothing but the age of the transaction is met.
      const old = await db.begin();
      fixture.setClockAhead(24 * 60 * MINUTE);
      expect(await failure(set(old, 2, 1))).toMatchObject(GONE);
      await old.rollback();
    });

    it('commits nothing: the commit is TRANSACTION, not applied', async () => {
      const tx = await db.begin();
      const before = await valueAt(1);
      await set(tx, 1, before + 1);
      fixture.setClockAhead(3 * MINUTE + 1);
      expect(await failure(tx.commit())).toMatchObject(GONE);
      expect(await valueAt(1)).toBe(before);
    });

    it('lets its savepoints go as well', async () => {
      const work = db.transaction(async (tx) => {
        await tx
          .transaction(async (inner) => {
            await set(inner, 1, 5);
            fixture.setClockAhead(3 * MINUTE + 1);
            await set(inner, 1, 6);
          })
          .catch(() => {});
        return 'carried on';
      });
      expect(await failure(work)).toMatchObject(GONE);
    });
  });

  it('a statement that another one of the transaction runs into is TRANSACTION, not applied', async () => {
    // Core makes one call at a time; a call of its own is what an abort leaves behind.
    const tx = await db.begin();
    const before = await valueAt(1);
    fixture.endpoint.faults.add({
      fail: { type: 'DatabaseErrorException', message: 'Transaction is still running a query' },
      sql: /update t/,
      times: 1,
    });
    expect(await failure(set(tx, 1, 77))).toMatchObject(GONE);
    expect(await failure(tx.commit())).toMatchObject(GONE);
    expect(await valueAt(1)).toBe(before);
  });

  it('a rollback goes on until the API lets it, behind the back of who waits', async () => {
    const tx = await db.begin();
    await set(tx, 1, 5);
    fixture.endpoint.faults.add({
      fail: { type: 'DatabaseErrorException', message: 'Transaction is still running a query' },
      operation: 'RollbackTransaction',
      times: 3,
    });
    await tx.rollback();
    await fixture.nothingOpen();
    const rollbacks = fixture.endpoint.calls.filter(({ operation }) => operation === 'RollbackTransaction');
    expect(rollbacks.slice(-4).map(({ error }) => error)).toEqual([
      ...Array(3).fill('DatabaseErrorException'),
      undefined,
    ]);
  });

  // It takes the seconds that rollback() and close() wait at the most.
  it.runIf(engine === 'postgres')(
    'a rollback that never succeeds ends with close()',
    async () => {
      const own = fixture.connect();
      const tx = await own.begin();
      fixture.endpoint.faults.add({ fail: 'throttling', operation: 'RollbackTransaction' });
      await tx.rollback();
      await own.close();
      const after = fixture.endpoint.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(fixture.endpoint.calls.length - after).toBeLessThanOrEqual(1);
      await fixture.nothingOpenAfterExpiry();
    },
    15_000,
  );

  it.each(['read committed', 'repeatable read', 'serializable'] as const)('%s is in force', async (isolation) => {
    const seen = await db.transaction(
      async (tx) => {
        const before = await tx.one<{ v: number }>(sql`select v from t where id = 2`);
        if (isolation !== 'serializable') await set(db, 2, before.v + 1);
        const after = await tx.one<{ v: number }>(sql`select v from t where id = 2`);
        return after.v - before.v;
      },
      { isolation },
    );
    expect(seen).toBe(isolation === 'read committed' ? 1 : 0);
    if (engine === 'postgres') {
      const { level } = await db.transaction(
        (tx) => tx.one<{ level: string }>(sql`select current_setting('transaction_isolation') as level`),
        { isolation },
      );
      expect(level).toBe(isolation);
    }
  });

  it('serializable makes one of two transactions in each other’s way a CONFLICT', async () => {
    const conflict = async (): Promise<string> => {
      const [a, b] = [await db.begin({ isolation: 'serializable' }), await db.begin({ isolation: 'serializable' })];
      await a.query('select sum(v) from t');
      await b.query('select sum(v) from t');
      const results = await Promise.allSettled([
        set(a, 1, 100).then(() => a.commit()),
        set(b, 2, 100).then(() => b.commit()),
      ]);
      await Promise.allSettled([a.rollback(), b.rollback()]);
      const refused = results.filter((result) => result.status === 'rejected');
      return refused.map(({ reason }) => (reason as { code: string }).code).join();
    };
    expect(await conflict()).toBe('CONFLICT');
  });

  it('a level is for one transaction only', async () => {
    const own = fixture.connect();
    await own.transaction((tx) => tx.query('select 1'), { isolation: 'read committed', readOnly: true });
    await own.transaction(async (tx) => {
      await set(tx, 1, 3);
      const [before] = (await tx.query<{ v: number }>('select v from t where id = 2')).rows;
      await set(db, 2, before!.v + 1);
      const [after] = (await tx.query<{ v: number }>('select v from t where id = 2')).rows;
      // The default of each engine.
      expect(after!.v - before!.v).toBe(engine === 'mysql' ? 0 : 1);
    });
    expect(await valueAt(1)).toBe(3);
  });

  it('read-only is in force, readOnly: false as well', async () => {
    expect(await failure(db.transaction((tx) => set(tx, 1, 4), { readOnly: true }))).toMatchObject({
      code: 'READ_ONLY',
      outcome: 'not-applied',
    });
    await db.transaction((tx) => set(tx, 1, 4), { readOnly: false });
    expect(await valueAt(1)).toBe(4);
  });

  it('a savepoint saves the transaction from a failed statement', async () => {
    await db.transaction(async (tx) => {
      await set(tx, 1, 21);
      expect(await failure(tx.transaction((inner) => inner.query('insert into t values (1, 1)')))).toMatchObject({
        code: 'CONSTRAINT',
      });
      await set(tx, 2, 22);
    });
    expect([await valueAt(1), await valueAt(2)]).toEqual([21, 22]);
  });

  it('a failed statement without a savepoint', async () => {
    const work = db.transaction(async (tx) => {
      await set(tx, 1, 31);
      await tx.query('insert into t values (1, 1)').catch(() => {});
    });
    if (engine === 'postgres') {
      // The COMMIT of a failed transaction would be a rollback.
      expect(await failure(work)).toMatchObject(GONE);
      expect(await valueAt(1)).not.toBe(31);
    } else {
      await work;
      expect(await valueAt(1)).toBe(31);
    }
  });

  it('nothing is open once the commit of a failed transaction has been refused', async () => {
    const tx = await db.begin();
    await tx.query('select no_such_column').catch(() => {});
    if (engine === 'mysql') return tx.rollback();
    await failure(tx.commit());
    expect(fixture.endpoint.openTransactions).toBe(0);
  });

  it('v1 ends a transaction with any error: TRANSACTION afterwards, also for its savepoints', async () => {
    fixture.endpoint.engineVersion = 'v1';
    const work = db.transaction(async (tx) => {
      await set(tx, 1, 41);
      await tx.transaction((inner) => inner.query('insert into t values (1, 1)')).catch(() => {});
      await set(tx, 2, 42);
    });
    expect(await failure(work)).toMatchObject({ code: 'TRANSACTION' });
    fixture.endpoint.engineVersion = 'v2';
    expect(await valueAt(1)).not.toBe(41);
  });

  it('a deadlock is CONFLICT, not applied, and the whole transaction is over', async () => {
    const [a, b] = [await db.begin(), await db.begin()];
    await set(a, 1, 51);
    await set(b, 2, 52);
    const results = await Promise.allSettled([set(a, 2, 51), set(b, 1, 52)]);
    const [loser, winner] = results[0]!.status === 'rejected' ? [a, b] : [b, a];
    const lost = results.find((result) => result.status === 'rejected')!;
    expect(lost.reason).toMatchObject({ code: 'CONFLICT', outcome: 'not-applied', retryable: true });
    expect(await failure(loser.query('select 1'))).toMatchObject({ code: 'TRANSACTION' });
    expect(await failure(loser.commit())).toMatchObject(GONE);
    await winner.commit();
    const value = winner === a ? 51 : 52;
    expect([await valueAt(1), await valueAt(2)]).toEqual([value, value]);
  });

  it('transaction({ retry }) runs the body again after a conflict', async () => {
    let runs = 0;
    const other = await db.begin();
    await set(other, 2, 61);
    let ended: Promise<unknown> | undefined;
    const work = db.transaction(
      async (tx) => {
        runs += 1;
        await set(tx, 1, 62);
        // The other one waits for this, and this for the other one; whoever wins commits.
        ended ??= set(other, 1, 61).then(
          () => other.commit(),
          () => other.rollback(),
        );
        await set(tx, 2, 62);
      },
      { retry: 5 },
    );
    await work;
    await ended;
    expect(runs).toBeLessThan(6);
    expect([await valueAt(1), await valueAt(2)]).toEqual([62, 62]);
  });

  it('nothing is left open after an error, an abort, a time-out and a close', async () => {
    const own = fixture.connect();
    const sleep = engine === 'mysql' ? 'select sleep(1)' : 'select pg_sleep(1)';
    await failure(own.transaction((tx) => tx.query('select no_such_column')));
    await failure(own.transaction((tx) => tx.query(sleep, [], { signal: AbortSignal.timeout(30) })));
    await failure(own.transaction((tx) => tx.query(sleep, [], { timeoutMs: 30 })));
    await fixture.nothingOpen();
    const [left] = [await own.begin(), await own.begin()];
    await left!.query('select 1');
    await own.close();
    expect(fixture.endpoint.openTransactions).toBe(0);
  });

  it('a commit that the service does not confirm is not claimed', async () => {
    const tx = await db.begin();
    await set(tx, 1, 71);
    fixture.endpoint.faults.add({ fail: 'service-unavailable', operation: 'CommitTransaction', times: 1 });
    expect(await failure(tx.commit())).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    await fixture.nothingOpen();
    expect(await valueAt(1)).not.toBe(71);
  });
});

describe('mysql: a lock that is not granted in time (1205)', () => {
  let fixture: Fixture;
  let db: Connection;
  beforeAll(async () => {
    fixture = await Fixture.start('mysql');
    db = fixture.connect();
    await db.query('create table t (id int primary key, v int)');
    await db.query('insert into t values (1, 0), (2, 0)');
  });
  afterAll(() => fixture.stop());

  it('is CONFLICT, and only the statement is undone', async () => {
    const blocker = await db.begin();
    await blocker.query('update t set v = 1 where id = 1');
    const tx = await db.begin();
    await tx.query('set innodb_lock_wait_timeout = 1');
    await tx.query('update t set v = 2 where id = 2');
    expect(await failure(tx.query('update t set v = 2 where id = 1'))).toMatchObject({
      code: 'CONFLICT',
      errno: 1205,
      outcome: 'not-applied',
    });
    await tx.query('select 1');
    await tx.commit();
    await blocker.rollback();
    expect(await fixture.ask('select v from t order by id')).toEqual([[0], [2]]);
  });

  it('ends the transaction where it cannot be known that it goes on', async () => {
    const blocker = await db.begin();
    await blocker.query('update t set v = 1 where id = 1');
    const tx = await db.begin();
    await tx.query('set innodb_lock_wait_timeout = 1');
    await tx.query('update t set v = 3 where id = 2');
    fixture.endpoint.faults.add({ fail: 'service-unavailable', sql: /innodb_rollback_on_timeout/, times: 1 });
    expect(await failure(tx.query('update t set v = 3 where id = 1'))).toMatchObject({ code: 'CONFLICT' });
    expect(await failure(tx.commit())).toMatchObject(GONE);
    await blocker.rollback();
    expect(await fixture.ask('select v from t where id = 2')).toEqual([[2]]);
  });
});

describe('postgres: a constraint that is checked by COMMIT', () => {
  it('is CONSTRAINT, not applied, and names it', async () => {
    const fixture = await Fixture.start('postgres');
    const db = fixture.connect();
    await db.query('create table d (id int constraint d_unique unique deferrable initially deferred)');
    const tx = await db.begin();
    await tx.query('insert into d values (1), (1)');
    expect(await failure(tx.commit())).toMatchObject({
      code: 'CONSTRAINT',
      outcome: 'not-applied',
      constraint: { kind: 'unique', name: 'd_unique' },
    });
    await fixture.nothingOpen();
    expect(await fixture.ask('select count(*)::int from d')).toEqual([[0]]);
    await fixture.stop();
  });
});
