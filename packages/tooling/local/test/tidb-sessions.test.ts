import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { driver, failure, post } from './tidb-fixture.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = { timeout: 10_000 };
const minute = 60_000;
const { mysql: engine } = inject('sqlportLocal');
let local: Local;
let database: LocalDatabase;
let clockOffset = 0;

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine, clock: () => Date.now() + clockOffset });
  database = await local.createDatabase();
  await driver(database).execute('create table entries (n int primary key)');
});
beforeEach(async () => {
  if (engine) await driver(database).execute('delete from entries');
});
afterEach(async () => {
  clockOffset = 0;
  if (engine) await vi.waitUntil(() => endpoint().serverConnections === 0, patience);
});
afterAll(() => local?.close());

const endpoint = () => local.endpoints['tidb-serverless'];
const entries = async () => {
  const rows = (await driver(database).execute('select n from entries order by n')) as { n: number }[];
  return rows.map(({ n }) => n);
};
/** The tokens of the last calls, newest last. */
const tokens = (count: number) =>
  endpoint()
    .calls.slice(-count)
    .map(({ replySession }) => replySession);

describe.skipIf(!engine)('a transaction', () => {
  test('has one token, COMMIT included, and one server connection', async () => {
    const tx = await driver(database).begin();
    const [first] = (await tx.execute('select connection_id() as id')) as [{ id: string }];
    await tx.execute('insert into entries values (1)');
    expect(endpoint().sessions).toBe(1);
    expect(await entries()).toEqual([]);
    expect(await tx.execute('select connection_id() as id')).toEqual([first]);
    await tx.commit();
    expect(new Set(tokens(6).filter((_, index) => index !== 3)).size).toBe(1);
    expect(endpoint().sessions).toBe(0);
    expect(await entries()).toEqual([1]);
  });

  test('is rolled back on request', async () => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    await tx.rollback();
    expect(await entries()).toEqual([]);
  });

  test('survives an error of a statement', async () => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    expect((await failure(tx.execute('insert into entries values (1)'))).message).toMatch(/^Error 1062 /);
    await tx.execute('insert into entries values (2)');
    await tx.commit();
    expect(await entries()).toEqual([1, 2]);
  });

  test('has the isolation level that came with BEGIN, and its snapshot from BEGIN on', async () => {
    const seen = async (isolation: 'READ COMMITTED' | 'REPEATABLE READ') => {
      await driver(database).execute('delete from entries');
      const tx = await driver(database).begin({ isolation });
      await driver(database).execute('insert into entries values (1)');
      const rows = await tx.execute('select n from entries');
      await tx.rollback();
      return rows;
    };
    expect(await seen('READ COMMITTED')).toEqual([{ n: 1 }]);
    expect(await seen('REPEATABLE READ')).toEqual([]);
  });

  test('cannot be SERIALIZABLE, and a level is only taken with BEGIN', async () => {
    const headers = { 'TiDB-Isolation-Level': 'SERIALIZABLE' };
    expect((await post(database, 'BEGIN', { headers })).body).toMatchObject({
      message: expect.stringContaining('Error 8048 (HY000)'),
    });
    expect((await post(database, 'select 1', { headers })).status).toBe(200);
  });

  test('belongs to its user: a token is of no use to another', async () => {
    await local.createUser('eve');
    const begun = await post(database, 'BEGIN');
    const eve = { username: endpoint().clientUser('eve'), password: endpoint().passwordOf('eve'), database: '' };
    const authorization = `Basic ${Buffer.from(`${eve.username}:${eve.password}`).toString('base64')}`;
    const headers = { Authorization: authorization, 'TiDB-Database': '', 'TiDB-Session': begun.session! };
    const stolen = await post(database, 'select current_user() as who', { headers });
    expect(stolen.body.rows).toEqual([['eve@%']]);
    expect(stolen.session).not.toBe(begun.session);
    await post(database, 'ROLLBACK', { headers: { 'TiDB-Session': begun.session! } });
  });

  test('ends where MySQL ends it: by a statement that commits implicitly', async () => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    await tx.execute('create table implicit (n int)');
    expect(endpoint().sessions).toBe(0);
    await tx.rollback();
    expect(await entries()).toEqual([1]);
  });

  test('loses a deadlock as one on the server itself', async () => {
    await driver(database).execute('insert into entries values (1), (2)');
    const [one, other] = [await driver(database).begin(), await driver(database).begin()];
    await one.execute('update entries set n = 11 where n = 1');
    await other.execute('update entries set n = 12 where n = 2');
    const outcomes = await Promise.allSettled([
      one.execute('select * from entries where n = 2 for update'),
      other.execute('select * from entries where n = 1 for update'),
    ]);
    const lost = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost.map(({ reason }) => reason.message)).toEqual([expect.stringMatching(/^Error 1213 \(40001\)/)]);
    await Promise.all([one.rollback(), other.rollback()]);
  });

  test('may be one of many at once', async () => {
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const tx = await driver(database).begin();
        await tx.execute(`insert into entries values (${n})`);
        await (n % 2 === 0 ? tx.commit() : tx.rollback());
      }),
    );
    expect(await entries()).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n));
  });
});

describe.skipIf(!engine)('a session', () => {
  test('is busy while a statement runs on it', async () => {
    const holder = await driver(database).persist();
    await holder.execute("do get_lock('busy', 60)");
    const tx = await driver(database).begin();
    const waiting = tx.execute("do get_lock('busy', 61)");
    await vi.waitUntil(async () => (await doings()).includes("do get_lock('busy', 61)"), patience);
    expect(await failure(tx.execute('insert into entries values (1)'))).toMatchObject({
      status: 500,
      message: 'the session is busy with another statement',
    });
    await holder.close();
    await waiting;
    await tx.commit();
    expect(await entries()).toEqual([]);
  });

  test('expires after ten idle minutes, its transaction rolled back and its connection freed', async () => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    clockOffset = 10 * minute - 5_000;
    await tx.execute('insert into entries values (2)');
    clockOffset += 10 * minute + 1;
    await vi.waitUntil(() => endpoint().serverConnections === 0, patience);
    expect(await failure(tx.commit())).toMatchObject({ status: 400, details: { code: 61100002 } });
    expect(await entries()).toEqual([]);
  });

  test('expires on demand, when nothing uses it and has not for so long', async () => {
    const [idle, busy] = [await driver(database).begin(), await driver(database).begin()];
    await idle.execute('insert into entries values (1)');
    const running = busy.execute('do sleep(1)');
    await vi.waitUntil(async () => (await doings()).includes('do sleep(1)'), patience);
    endpoint().expireSessions(minute);
    expect(endpoint().sessions).toBe(2);
    endpoint().expireSessions();
    expect(endpoint().sessions).toBe(1);
    await running;
    await busy.commit();
    expect(await failure(idle.commit())).toMatchObject({ status: 400, details: { code: 61100002 } });
    expect(await entries()).toEqual([]);
  });

  test('expires when its transaction is thirty minutes old, even in the middle of a statement', async () => {
    const tx = await driver(database).begin();
    for (let minutes = 9; minutes < 30; minutes += 9) {
      clockOffset = minutes * minute;
      await tx.execute(`insert into entries values (${minutes})`);
    }
    const running = failure(tx.execute('do sleep(61)'));
    await vi.waitUntil(async () => (await doings()).includes('do sleep(61)'), patience);
    clockOffset = 30 * minute + 1;
    expect(await running).toMatchObject({ status: 400, details: { code: 61100002 } });
    expect(await entries()).toEqual([]);
    expect((await doings()).includes('do sleep(61)')).toBe(false);
  });

  test('that is opened explicitly keeps its state, and is gone when it is closed', async () => {
    const stateful = await driver(database).persist();
    await stateful.execute('set @kept = 7');
    clockOffset = 9 * minute;
    await stateful.execute('begin');
    await stateful.execute('commit');
    clockOffset = 18 * minute;
    expect(await stateful.execute('select @kept as kept')).toEqual([{ kept: '7' }]);
    clockOffset = 27 * minute;
    await stateful.execute('use simple_db');
    clockOffset = 36 * minute;
    expect(await stateful.execute('select database() as db')).toEqual([{ db: 'simple_db' }]);
    expect(endpoint().sessions).toBe(1);
    await stateful.close();
    expect(endpoint().sessions).toBe(0);
    expect(await failure(stateful.execute('select 1'))).toMatchObject({ status: 400, details: { code: 61100002 } });
  });

  test('whose connection the server has killed has expired', async () => {
    const tx = await driver(database).begin();
    const [{ id }] = (await tx.execute('select connection_id() as id')) as [{ id: string }];
    await asSuperuser((connection) => connection.query(`kill ${id}`));
    expect(await failure(tx.execute('select 1'))).toMatchObject({ status: 400, details: { code: 61100002 } });
  });

  test('of a token that nobody knows is refused if that is chosen', async () => {
    const headers = { 'TiDB-Session': 'unknown' };
    expect((await post(database, 'select 1', { headers })).session).not.toBe('unknown');
    endpoint().options.unknownSession = 'refuse';
    expect((await post(database, 'select 1', { headers })).body).toMatchObject({ code: 61100002 });
    endpoint().options.unknownSession = 'autocommit';
  });
});

describe.skipIf(!engine)('the driver’s traps', () => {
  test('a statement outside of a transaction bears the last token, and gets a new one', async () => {
    const connection = driver(database);
    for (let i = 0; i < 3; i++) await connection.execute('select 1');
    const [first, second, third] = endpoint().calls.slice(-3);
    expect(second!.session).toBe(first!.replySession);
    expect(third!.session).toBe(second!.replySession);
    expect(new Set(tokens(3)).size).toBe(3);
  });

  test('BEGIN next to other calls on one Connection loses its token to them', async () => {
    const connection = driver(database);
    endpoint().injectFault({ kind: 'latency', ms: 300 }, { sql: /^select 1$/ });
    await Promise.all([connection.execute('BEGIN'), connection.execute('select 1')]);
    await connection.execute('insert into entries values (1)');
    await connection.execute('ROLLBACK');
    expect(await entries()).toEqual([1]);
    expect(endpoint().sessions).toBe(1);
    clockOffset = 10 * minute;
    await vi.waitUntil(() => endpoint().serverConnections === 0, patience);
  });

  test('after a declined session the rest of a transaction is committed one by one, and nobody says so', async () => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    const fault = endpoint().injectFault({ kind: 'swap-token' });
    await tx.execute('insert into entries values (2)');
    await tx.execute('insert into entries values (3)');
    await tx.rollback();
    expect(fault.hits).toBe(1);
    expect(await entries()).toEqual([2, 3]);
  });
});

test.skipIf(!engine)('closing the endpoint ends all that is under way, and leaves nothing on the engine', async () => {
  const mine = await startLocal({ postgres: false, mysql: engine });
  const user = `closing_${process.pid}`;
  await mine.createUser(user);
  const controls = mine.endpoints['tidb-serverless'];
  const config = { username: controls.clientUser(user), password: controls.passwordOf(user), database: '' };
  const tx = await driver(mine, config).begin();
  const running = failure(driver(mine, config).execute('do sleep(60)'));
  await vi.waitUntil(async () => (await doings(user)).includes('do sleep(60)'), patience);
  // More than may have a connection: some run, some connect, some wait.
  const more = Array.from({ length: 60 }, () => failure(driver(mine, config).execute('do sleep(60)')));
  await vi.waitUntil(() => controls.calls.length > 20, { ...patience, interval: 1 });
  await mine.close();
  await Promise.all([running, ...more]);
  await vi.waitUntil(async () => (await doings(user)).length === 0, patience);
  await expect(tx.commit()).rejects.toThrow('fetch failed');
});

async function asSuperuser<T>(body: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const connection = await mysql.createConnection(local.mysql!.url);
  try {
    return await body(connection);
  } finally {
    await connection.end();
  }
}

/** What a user's connections are doing, as the engine sees it. */
function doings(user = 'app'): Promise<(string | null)[]> {
  return asSuperuser(async (connection) => {
    const list = 'select info from information_schema.processlist where user = ?';
    const [rows] = await connection.query<(mysql.RowDataPacket & { info: string | null })[]>(list, [user]);
    return rows.map(({ info }) => info);
  });
}
