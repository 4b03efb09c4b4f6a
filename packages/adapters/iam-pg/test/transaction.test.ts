import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixture, failure, run, serverUrl, until, value } from './fixture.ts';

let fixture: Fixture;
let db: Awaited<ReturnType<Fixture['open']>>;
beforeAll(async () => {
  fixture = await Fixture.start();
  // Sessions are ended on purpose here; idle sockets may not know yet.
  db = await fixture.open({ idleProbeMs: 1 });
  await run(db, 'CREATE TABLE accounts (id int PRIMARY KEY)');
});
afterAll(() => fixture.stop());
beforeEach(() => run(db, 'TRUNCATE accounts'));

const count = () => value(db, 'SELECT count(*)::int FROM accounts');
const insert = 'INSERT INTO accounts VALUES ($1)';

/** Ends the sessions of a database that wait inside a transaction; run in a process of its own. */
const TERMINATE = `
  import pg from 'pg';
  const [url, database] = process.argv.slice(1);
  const admin = new pg.Client(url);
  await admin.connect();
  const text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = $1";
  while ((await admin.query(text, [database])).rowCount === 0);
  const left = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state = \\'idle in transaction\\'';
  while ((await admin.query(left, [database])).rowCount > 0);
  await admin.end();
`;

describe('begin', () => {
  it.each(['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const)(
    'sets the isolation level %s',
    async (isolation) => {
      const transaction = await db.begin({ isolation }, {});
      expect(await value(transaction, 'SHOW transaction_isolation')).toBe(isolation);
      await transaction.rollback();
    },
  );

  it('makes a transaction read-only, for its time', async () => {
    const transaction = await db.begin({ readOnly: true }, {});
    expect(await failure(run(transaction, insert, [1]))).toMatchObject({ code: 'READ_ONLY', sqlState: '25006' });
    await transaction.rollback();
    await run(db, insert, [1]);
  });

  it('travels with the first statement, so that it costs no round trip', async () => {
    const inTransaction = async () => {
      const rows = await fixture.ask(`SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state LIKE 'idle in%'`, [
        fixture.database.name,
      ]);
      return rows.length;
    };
    const transaction = await db.begin({}, {});
    expect(await inTransaction()).toBe(0);
    await run(transaction, 'SELECT 1');
    expect(await inTransaction()).toBe(1);
    await transaction.rollback();
  });

  it('of a transaction that does nothing leaves nothing behind', async () => {
    const single = await fixture.open({ max: 1 });
    await (await single.begin({}, {})).commit({});
    await (await single.begin({}, {})).rollback();
    expect(await value(single, 'SELECT 1')).toBe(1);
  });

  it('can be tried again where the connection dies before the first statement', async () => {
    const single = await fixture.open({ max: 1 });
    const transaction = await single.begin({}, {});
    await fixture.terminate();
    const first = run(transaction, insert, [1]);
    await first.catch(async (error: unknown) => {
      expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
      await run(transaction, insert, [1]);
    });
    expect(await count()).toBe(0);
    await transaction.commit({});
    expect(await count()).toBe(1);
  });

  it('of a transaction that has ended on the server lets nothing run outside of it', async () => {
    const transaction = await db.begin({}, {});
    await run(transaction, insert, [1]);
    // Core lets no such statement through; procedures of other languages might.
    expect(await failure(run(transaction, 'ROLLBACK'))).toMatchObject({ code: 'TRANSACTION' });
    expect(await failure(run(transaction, insert, [2]))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(transaction.commit({}))).toMatchObject({ code: 'TRANSACTION' });
    expect(await count()).toBe(0);
  });

  it('replaces a connection that died unseen', async () => {
    const single = await fixture.open({ max: 1, idleProbeMs: 1 });
    await run(single, 'SELECT 1');
    await fixture.terminate();
    const transaction = await single.begin({}, {});
    expect(await value(transaction, 'SELECT 1')).toBe(1);
    await transaction.commit({});
  });
});

describe('commit', () => {
  it('keeps what was done, and gives the connection back', async () => {
    const single = await fixture.open({ max: 1 });
    const transaction = await single.begin({}, {});
    await run(transaction, insert, [1]);
    await transaction.commit({});
    expect(await value(single, 'SELECT count(*)::int FROM accounts')).toBe(1);
  });

  it('rejects where a statement had failed, since the server rolls back then', async () => {
    const transaction = await db.begin({}, {});
    await run(transaction, insert, [1]);
    expect(await failure(run(transaction, insert, [1]))).toMatchObject({ code: 'CONSTRAINT' });
    expect(await failure(run(transaction, 'SELECT 1'))).toMatchObject({ code: 'TRANSACTION', sqlState: '25P02' });
    expect(await failure(transaction.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await count()).toBe(0);
  });

  it('rejects with what a deferred constraint says, and nothing was applied', async () => {
    await run(db, 'CREATE TABLE pointing (id int REFERENCES accounts DEFERRABLE INITIALLY DEFERRED)');
    const transaction = await db.begin({}, {});
    await run(transaction, 'INSERT INTO pointing VALUES (7)');
    const error = await failure(transaction.commit({}));
    expect(error).toMatchObject({ code: 'CONSTRAINT', outcome: 'not-applied', constraint: { kind: 'foreign-key' } });
    await run(db, 'DROP TABLE pointing');
  });

  it('rejects with CONFLICT where another transaction won', async () => {
    await run(db, insert, [1]);
    const both = [await db.begin({ isolation: 'serializable' }, {}), await db.begin({ isolation: 'serializable' }, {})];
    for (const [index, transaction] of both.entries()) {
      await value(transaction, 'SELECT sum(id)::int FROM accounts');
      await run(transaction, insert, [index + 2]);
    }
    await both[0]!.commit({});
    expect(await failure(both[1]!.commit({}))).toMatchObject({ code: 'CONFLICT', outcome: 'not-applied' });
    expect(await count()).toBe(2);
  });

  it('that was aborted before it was sent commits nothing', async () => {
    const transaction = await db.begin({}, {});
    await run(transaction, insert, [1]);
    const error = await failure(transaction.commit({ signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await count()).toBe(0);
  });
});

describe('rollback', () => {
  it('undoes what was done, and gives the connection back', async () => {
    const single = await fixture.open({ max: 1 });
    const transaction = await single.begin({}, {});
    await run(transaction, insert, [1]);
    await transaction.rollback();
    expect(await value(single, 'SELECT count(*)::int FROM accounts')).toBe(0);
  });

  it('of a failed transaction keeps the connection', async () => {
    const single = await fixture.open({ max: 1 });
    const transaction = await single.begin({}, {});
    const pid = await value(transaction, 'SELECT pg_backend_pid()');
    await failure(run(transaction, 'SELECT 1/0'));
    await transaction.rollback();
    expect(await value(single, 'SELECT pg_backend_pid()')).toBe(pid);
  });

  it('of a transaction whose connection died does not reject', async () => {
    const single = await fixture.open({ max: 1 });
    const transaction = await single.begin({}, {});
    await run(transaction, 'SELECT 1');
    await fixture.terminate();
    await transaction.rollback();
    expect(await value(single, 'SELECT 1')).toBe(1);
  });
});

describe('a server that dies', () => {
  it('right after it has answered the first statement lets nothing be committed', async () => {
    const transaction = await db.begin({}, {});
    const first = run(transaction, 'INSERT INTO accounts SELECT 1 FROM pg_sleep(0.2)');
    await until(async () => (await fixture.running()).some((query) => query.startsWith('INSERT INTO accounts')));
    // The answer and the end of the session must arrive together, so this process reads nothing until both are there.
    execFileSync('node', ['--input-type=module', '-e', TERMINATE, serverUrl(), fixture.database.name], {
      cwd: import.meta.dirname,
    });
    await first;
    expect(await failure(transaction.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await count()).toBe(0);
  });

  it('in the middle of a statement outside a transaction leaves the outcome unknown', async () => {
    const running = failure(run(db, `INSERT INTO accounts SELECT 1 FROM pg_sleep(30)`));
    await until(async () => (await fixture.running()).some((query) => query.startsWith('INSERT INTO accounts SELECT')));
    await fixture.terminate();
    expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown', sqlState: '57P01' });
    expect(await count()).toBe(0);
  });

  it('without a word, the same', async () => {
    const running = failure(run(db, 'SELECT pg_sleep(30)'));
    await until(async () => (await fixture.running()).includes('SELECT pg_sleep(30)'));
    fixture.gateway.destroyConnections();
    expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    await fixture.terminate();
  });

  it('in the middle of a transaction takes the transaction with it, for certain', async () => {
    const transaction = await db.begin({}, {});
    await run(transaction, insert, [1]);
    const running = failure(run(transaction, 'SELECT pg_sleep(30)'));
    await until(async () => (await fixture.running()).includes('SELECT pg_sleep(30)'));
    await fixture.terminate();
    expect(await running).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(run(transaction, 'SELECT 1'))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(transaction.commit({}))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await count()).toBe(0);
  });

  it('between two statements, the same', async () => {
    const transaction = await db.begin({}, {});
    await run(transaction, insert, [1]);
    await fixture.terminate();
    expect(await failure(run(transaction, insert, [2]))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    await transaction.rollback();
    expect(await count()).toBe(0);
  });

  it('in the middle of COMMIT leaves the outcome unknown', async () => {
    await run(
      db,
      `CREATE FUNCTION slow_check() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END'`,
    );
    await run(db, 'CREATE TABLE slow (id int)');
    await run(
      db,
      `CREATE CONSTRAINT TRIGGER late AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow_check()`,
    );
    const transaction = await db.begin({}, {});
    await run(transaction, 'INSERT INTO slow VALUES (1)');
    const running = failure(transaction.commit({}));
    await until(async () => (await fixture.running()).includes('COMMIT'));
    await fixture.terminate();
    expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await value(db, 'SELECT count(*)::int FROM slow')).toBe(0);
  });
});
