import mysql from 'mysql2';
import { createPool as createPromisePool } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InjectedPool, iamMysql2 } from '../src/index.ts';
import {
  Fixture,
  failure,
  numbers,
  type Opened,
  pagesOf,
  run,
  type StreamingTransaction,
  serverUrl,
  until,
  VALUES,
  value,
} from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.ask(`CREATE TABLE ${fixture.database.name}.written (a INT)`);
});
afterAll(() => fixture.stop());

const SESSION = "SET time_zone = '+00:00'";
const poolOf = (options: mysql.PoolOptions = {}, setup = SESSION) => {
  const made = mysql.createPool({
    uri: new URL(fixture.database.name, serverUrl()).href,
    connectionLimit: 2,
    ...options,
  });
  made.on('connection', (connection) => connection.query(setup));
  return made;
};
let pool: mysql.Pool;
beforeEach(() => {
  pool = poolOf();
});
afterEach(() => pool.promise().end());

const open = async (given: InjectedPool = pool, options: { acquireTimeoutMs?: number } = {}) => {
  const adapter = iamMysql2({ pool: given, ...options });
  expect(adapter.traits.serverCancel).toBe(false);
  return (await adapter.open({ signal: new AbortController().signal, values: VALUES })) as Opened;
};

describe("a user's own pool", () => {
  it('serves statements, transactions and streams', async () => {
    const db = await open();
    expect((await run(db, 'SELECT ? AS `__proto__`, CAST(\'{"x": 1}\' AS JSON)', ["'\\"])).rows).toEqual([
      ["'\\", { x: 1 }],
    ]);
    for (let i = 0; i < 3; i++) expect(await value(db, 'SELECT ? + 1', [i])).toBe(i + 1);
    const tx = await db.begin({ isolation: 'serializable', readOnly: true }, {});
    expect(await failure(run(tx, 'INSERT INTO written VALUES (1)'))).toMatchObject({ code: 'READ_ONLY' });
    await tx.commit({});
    expect(await pagesOf(db.stream(numbers(25), { pageSize: 10 }))).toHaveLength(3);
  });

  it('may be one of mysql2/promise', async () => {
    const promising = createPromisePool({ uri: serverUrl() });
    promising.pool.on('connection', (connection) => connection.query(SESSION));
    const db = await open(promising);
    expect(await value(db, 'SELECT 1')).toBe(1);
    await promising.end();
  });

  it('stays open, and of use to its owner', async () => {
    const db = await open();
    const [own, ours] = await Promise.all([pool.promise().query('SELECT ? AS a', [5]), value(db, 'SELECT 6')]);
    expect([own[0], ours]).toEqual([[{ a: 5 }], 6]);
    await db.close();
    expect((await pool.promise().query('SELECT 7 AS a'))[0]).toEqual([{ a: 7 }]);
  });

  it('keeps its connections after an error of the server', async () => {
    const db = await open();
    const id = await value(db, 'SELECT CONNECTION_ID()');
    await failure(run(db, 'SELECT * FROM not_there'));
    expect(await value(db, 'SELECT CONNECTION_ID()')).toBe(id);
  });

  it('throws away a connection whose statement was aborted and does not end', async () => {
    const single = poolOf({ connectionLimit: 1 });
    const db = await open(single);
    const caller = new AbortController();
    const running = failure(run(db, 'SELECT SLEEP(8)', [], caller.signal));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(8)')));
    caller.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await value(db, 'SELECT 1')).toBe(1);
    await fixture.killSessions();
    await single.promise().end();
  });

  it('reads the rest of a stream that is left early, so that a transaction can go on', async () => {
    const db = await open();
    const tx = (await db.begin({}, {})) as StreamingTransaction;
    for await (const { rows } of tx.stream(numbers(50_000), { pageSize: 10 })) {
      expect(rows).toHaveLength(10);
      break;
    }
    expect(await value(tx, 'SELECT 2')).toBe(2);
    await tx.commit({});
  });

  it('that gives no connection in time is a TIMEOUT; a connection that comes late goes back', async () => {
    const single = poolOf({ connectionLimit: 1 });
    const held = await single.promise().getConnection();
    const db = await open(single, { acquireTimeoutMs: 20 });
    expect(await failure(run(db, 'SELECT 1'))).toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
    const aborted = new AbortController();
    const waiting = failure(run(db, 'SELECT 1', [], aborted.signal));
    aborted.abort();
    expect(await waiting).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    held.release();
    const again = await single.promise().getConnection();
    again.release();
    await single.promise().end();
  });

  it('that cannot connect is UNREACHABLE', async () => {
    const none = poolOf({ uri: 'mysql://u@127.0.0.1:1/d' });
    expect(await failure(run(await open(none), 'SELECT 1'))).toMatchObject({
      code: 'UNREACHABLE',
      outcome: 'not-applied',
    });
    await none.promise().end();
  });

  it.each([
    "SET time_zone = '+09:00'",
    "SET sql_mode = ''",
    "SET sql_mode = 'STRICT_TRANS_TABLES,PAD_CHAR_TO_FULL_LENGTH'",
    'SET NAMES latin1',
    'SET autocommit = 0',
  ])('whose sessions are otherwise is refused, and told the cure: %s', async (setup) => {
    const other = poolOf({}, setup);
    const error = await failure(run(await open(other), 'SELECT 1'));
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(error.message).toContain("time_zone = '+00:00'");
    await other.promise().end();
  });

  it('that counts changed rows only is refused', async () => {
    const other = poolOf({ flags: ['-FOUND_ROWS'] });
    expect(await failure(run(await open(other), 'SELECT 1'))).toMatchObject({ code: 'CONFIG' });
    await other.promise().end();
  });
});
