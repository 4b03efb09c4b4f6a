import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InjectedPool, iamPg } from '../src/index.ts';
import { Fixture, failure, pagesOf, run, serverUrl, until, VALUES, value } from './fixture.ts';

const SESSION = '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

let pool: pg.Pool;
const poolOf = (options: pg.PoolConfig = {}) =>
  new pg.Pool({ connectionString: serverUrl(), options: SESSION, max: 2, ...options });
beforeEach(() => {
  pool = poolOf();
});
afterEach(async () => {
  if (!pool.ended) await pool.end();
});

const open = async (given: InjectedPool = pool, options: { acquireTimeoutMs?: number } = {}) => {
  const adapter = iamPg({ pool: given, ...options });
  expect(adapter.traits.serverCancel).toBe(false);
  const driver = await adapter.open({ signal: new AbortController().signal, values: VALUES });
  return driver as Required<Pick<typeof driver, 'batch' | 'stream' | 'begin'>> & typeof driver;
};

describe("a user's own pool", () => {
  it('serves statements, batches, transactions and streams', async () => {
    const db = await open();
    expect((await run(db, `SELECT 1 AS a, '{"x": 1}'::jsonb AS a`)).rows).toEqual([[1, { x: 1 }]]);
    for (let i = 0; i < 3; i++) expect(await value(db, 'SELECT $1::int + 1', [i])).toBe(i + 1);
    const transaction = await db.begin({ isolation: 'serializable' }, {});
    expect(await value(transaction, 'SHOW transaction_isolation')).toBe('serializable');
    await transaction.commit({});
    expect(await db.batch([{ text: 'SELECT 1', params: [] }], {})).toHaveLength(1);
    const statement = { text: 'SELECT generate_series(1, 25)', params: [] };
    expect(await pagesOf(db.stream(statement, { pageSize: 10 }))).toHaveLength(3);
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('stays open, and of use to its owner', async () => {
    const db = await open();
    const [own, ours] = await Promise.all([pool.query('SELECT $1::int AS a', [5]), value(db, 'SELECT 6')]);
    expect([own.rows, ours]).toEqual([[{ a: 5 }], 6]);
    await db.close();
    expect((await pool.query('SELECT 7 AS a')).rows).toEqual([{ a: 7 }]);
  });

  it('tells the answers to its owner, who gave a client back too early, from its own', async () => {
    const single = poolOf({ max: 1 });
    const db = await open(single);
    expect(await value(db, 'SELECT 1')).toBe(1);
    const client = await single.connect();
    const own = client.query('SELECT 2 AS a FROM pg_sleep(0.05)');
    client.release();
    expect(await value(db, 'SELECT 3')).toBe(3);
    expect((await own).rows).toEqual([{ a: 2 }]);
    expect(await value(db, 'SELECT 4')).toBe(4);
    await single.end();
  });

  it('throws away a client whose owner left a transaction open, and runs nothing in it', async () => {
    const single = poolOf({ max: 1 });
    const db = await open(single);
    await run(db, 'CREATE TABLE IF NOT EXISTS lent (a int)');
    for (const known of [true, false]) {
      const client = await single.connect();
      await client.query('BEGIN');
      client.release();
      const error = await failure(run(db, 'INSERT INTO lent VALUES (1)'));
      expect(error, String(known)).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
      expect(single.totalCount).toBe(0);
    }
    expect(await value(db, 'SELECT count(*)::int FROM lent')).toBe(0);
    await run(db, 'DROP TABLE lent');
    await single.end();
  });

  it('may serve two drivers with other options', async () => {
    const db = await open();
    const adapter = iamPg({ pool });
    const exact = await adapter.open({ signal: new AbortController().signal, values: { ...VALUES, int64: 'bigint' } });
    for (let i = 0; i < 4; i++) {
      expect(await value(db, 'SELECT 1::int8')).toBe(1);
      expect(await value(exact, 'SELECT 1::int8')).toBe(1n);
    }
  });

  it('keeps its clients after an error of the server', async () => {
    const db = await open();
    await failure(run(db, 'SELECT 1/0'));
    expect(pool.idleCount).toBe(1);
  });

  it('throws away a client whose statement was aborted', async () => {
    const db = await open();
    const caller = new AbortController();
    const running = failure(run(db, 'SELECT pg_sleep(30) /* injected */', [], caller.signal));
    const sleeping = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%/* injected */' AND pid <> pg_backend_pid()`;
    await until(async () => (await fixture.ask(sleeping)).length > 0);
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    await until(() => pool.totalCount === 0);
    for (const { pid } of await fixture.ask(sleeping)) await fixture.ask('SELECT pg_terminate_backend($1)', [pid]);
  });

  it('that gives no client in time is a TIMEOUT; a client that comes late goes back', async () => {
    pool.options.max = 1;
    const held = await pool.connect();
    const db = await open(pool, { acquireTimeoutMs: 20 });
    expect(await failure(run(db, 'SELECT 1'))).toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
    const aborted = new AbortController();
    const waiting = failure(run(db, 'SELECT 1', [], aborted.signal));
    aborted.abort();
    expect(await waiting).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    held.release();
    await until(() => pool.idleCount === 1 && pool.waitingCount === 0);
  });

  it('that cannot connect is UNREACHABLE', async () => {
    const db = await open({ connect: () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) });
    expect(await failure(run(db, 'SELECT 1'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
  });

  it('whose sessions have other settings is refused, and told which', async () => {
    const other = poolOf({ options: '-c TimeZone=Asia/Tokyo -c bytea_output=escape' });
    const error = await failure(run(await open(other), 'SELECT 1'));
    await other.end();
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(error.message).toMatch(/TimeZone, bytea_output/);
  });

  it('in pipeline mode is refused', async () => {
    const other = poolOf({ pipeline: true } as pg.PoolConfig);
    const error = await failure(run(await open(other), 'SELECT 1'));
    await other.end();
    expect(error).toMatchObject({ code: 'CONFIG' });
  });
});
