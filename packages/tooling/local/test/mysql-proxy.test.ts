import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type Local, type LocalDatabase, type PinReason, type RdsProxy, startLocal } from '../src/index.ts';
import { sign } from './sign.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = 10_000;
const { mysql: engine } = inject('sqlportLocal');
let local: Local;
let mine: LocalDatabase;
let proxy: RdsProxy;
const connections: mysql.Connection[] = [];

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine });
  mine = await local.createDatabase();
  proxy = local.proxies['iam-mysql2'];
});
beforeEach(() => {
  if (engine) Object.assign(proxy.limits, { maxConnections: 1, borrowTimeoutMs: patience });
});
afterEach(async () => {
  if (!engine) return;
  proxy.throttle = undefined;
  await Promise.all(connections.splice(0).map((connection) => connection.end().catch(() => {})));
  await vi.waitUntil(() => proxy.backends.pinned === 0, patience);
});
afterAll(() => local?.close());

async function logIn(changes: mysql.ConnectionOptions = {}, given?: string): Promise<mysql.Connection> {
  const { host, port, user, database, ca } = { ...mine.configs['iam-mysql2'], ...proxy.address };
  const token = given ?? (await sign(mine.configs['iam-mysql2'], { host: proxy.address.signingHost, port }));
  const connection = await mysql.createConnection({
    host,
    port,
    user,
    database,
    ssl: { ca, verifyIdentity: true },
    authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${token}\0`) },
    multipleStatements: true,
    ...changes,
  });
  connection.on('error', () => {});
  connections.push(connection);
  return connection;
}

const ask = async (connection: mysql.Connection, expression: string): Promise<unknown> => {
  const [[row]] = await connection.query<mysql.RowDataPacket[]>(`select (${expression}) as it`);
  return row!['it'];
};

const backendOf = (connection: mysql.Connection) => ask(connection, 'connection_id()');

describe.skipIf(!engine)('an RDS Proxy before MySQL', () => {
  test('lends few backends to many sessions', async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => logIn()));
    expect(new Set(await Promise.all(sessions.map(backendOf))).size).toBe(1);
    expect(proxy.gateway.connections.open).toBe(6);
    expect(proxy.backends).toEqual({ open: 1, idle: 1, pinned: 0 });
    expect(proxy.pins).toEqual([]);
  });

  test.each(['begin', 'start transaction', 'set autocommit = 0'])(
    'lends a backend for a whole transaction: %s',
    async (begin) => {
      const [one, other] = [await logIn(), await logIn()];
      await one.query('create table if not exists t (n int)');
      await one.query(begin);
      await one.query('insert into t values (1)');
      const seen = vi.fn();
      const waiting = backendOf(other).then(seen);
      await expect(one.query('select nonsense')).rejects.toMatchObject({ errno: 1054 });
      expect(await ask(one, 'select count(*) from t')).toBe(1);
      expect(seen).not.toHaveBeenCalled();
      await one.query('rollback');
      await waiting;
      expect(await ask(other, 'select count(*) from t')).toBe(0);
    },
  );

  test('ends the backend of a client that goes in the middle of a transaction', async () => {
    const [one, other] = [await logIn(), await logIn()];
    await one.query('begin');
    const id = await backendOf(one);
    await one.end();
    expect(await backendOf(other)).not.toBe(id);
  });

  test('follows tracked settings and the database, also to another backend', async () => {
    const [one, other] = [await logIn(), await logIn()];
    const id = await backendOf(one);
    await one.query(
      "set names latin1, sql_mode = 'ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH', @@session.time_zone = '+09:00'",
    );
    // The backend with these settings is free, and the other session must not get it.
    expect(await ask(other, '@@time_zone')).toBe('+00:00');
    await one.query('set session transaction isolation level read committed; use information_schema');
    expect(await ask(other, "concat_ws(' ', @@time_zone, database())")).toBe(`+00:00 ${mine.name}`);
    expect(await ask(one, "concat_ws(' ', @@time_zone, @@sql_mode, @@transaction_isolation, database())")).toBe(
      '+09:00 ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH READ-COMMITTED information_schema',
    );
    expect(await ask(one, '@@character_set_client')).toBe('latin1');
    expect(await backendOf(one)).not.toBe(id);
    expect(proxy.pins).toEqual([]);
  });

  test('passes on results of every shape', async () => {
    const connection = await logIn();
    const text = 'x'.repeat(17_000_000);
    const [rows] = await connection.query(
      'select repeat("x", 17000000) as text, null as nothing; select 1 as one; do 1',
    );
    const [[long], one, word] = rows as [mysql.RowDataPacket[], unknown, unknown];
    expect(long?.['text'] === text).toBe(true);
    expect(one).toEqual([{ one: 1 }]);
    expect(word).toMatchObject({ affectedRows: 0 });
    await connection.query('create table if not exists many (n int)');
    expect(await ask(connection, 'select count(*) from many')).toBe(0);
    const numbers = 'with recursive g (n) as (select 1 union all select n + 1 from g where n < 900) select n from g';
    expect((await connection.query<mysql.RowDataPacket[]>(numbers))[0]).toHaveLength(900);
    await connection.ping();
    expect(proxy.backends).toEqual({ open: 1, idle: 1, pinned: 0 });
  });

  test.each<[PinReason, string]>([
    ['SET', 'set max_execution_time = 1000'],
    ['SET', "set time_zone = '+00:00', @mine = 1"],
    ['SET TRANSACTION', 'set transaction isolation level serializable'],
    ['user variable', 'select @mine := 1'],
    ['user variable', 'select 1 into @mine'],
    ['prepared statement', "prepare p from 'select 1'"],
    ['temporary object', 'create temporary table mine (n int)'],
    ['GET_LOCK', "/* first */ select get_lock('mine', 1)"],
    ['LOCK TABLES', 'create table if not exists t (n int); lock tables t read'],
  ])('pins on %s: %s', async (reason, statement) => {
    const before = proxy.pins.length;
    const connection = await logIn();
    const id = await backendOf(connection);
    await connection.query(statement);
    expect(proxy.pins.slice(before).map((pin) => pin.reason)).toEqual([reason]);
    expect(proxy.backends).toEqual({ open: 1, idle: 0, pinned: 1 });
    expect(await backendOf(connection)).toBe(id);
    await connection.end();
    expect(await backendOf(await logIn())).not.toBe(id);
  });

  test('pins when a text fails that may have set something', async () => {
    const connection = await logIn();
    await expect(connection.query('set autocommit = 0; select nonsense')).rejects.toMatchObject({ errno: 1054 });
    expect(proxy.pins.at(-1)?.reason).toBe('SET');
    await connection.end();
    expect(await ask(await logIn(), '@@autocommit')).toBe(1);
  });

  test('pins on the protocol’s own prepared statements, and on a statement over 16 KB', async () => {
    const connection = await logIn();
    expect((await connection.execute('select ? as n', [7]))[0]).toEqual([{ n: 7 }]);
    expect(proxy.pins.at(-1)?.reason).toBe('prepared statement');
    await connection.end();
    const other = await logIn();
    await other.query('select ?', ['x'.repeat(16_000)]);
    expect(proxy.backends.pinned).toBe(0);
    await other.query('select ?', ['x'.repeat(16_400)]);
    expect(proxy.pins.at(-1)?.reason).toBe('statement over 16 KB');
  });

  test.each([
    "select 'set @x = 1; lock tables t', `it` from (select 1 as `it`) t -- get_lock('x', 1)",
    String.raw`select 'it\'s; set @x = 1'`,
    'select 1 # ; prepare p',
  ])('does not pin on %s', async (statement) => {
    const before = proxy.pins.length;
    await (await logIn()).query(statement);
    expect(proxy.pins).toHaveLength(before);
  });

  test('tells sessions thread ids of its own, so that KILL meets a stranger', async () => {
    proxy.limits.maxConnections = 2;
    const sleeper = await logIn();
    const [killer, before] = [await logIn(), proxy.kills.length];
    const sleeping = sleeper.query('select sleep(60)').then(([rows]) => rows);
    await vi.waitUntil(async () => {
      const [list] = await killer.query<mysql.RowDataPacket[]>('show processlist');
      return list.some((row) => String(row['Info']).includes('sleep'));
    }, patience);
    // What it believes to be itself.
    await killer.query(`kill query ${killer.threadId}`);
    expect(await sleeping).toEqual([{ 'sleep(60)': 1 }]);
    expect(proxy.kills.slice(before)).toEqual([
      { session: expect.any(Number), id: killer.threadId, hit: [expect.any(Number)] },
    ]);
    const [kill] = proxy.kills.slice(before);
    expect(kill?.hit).not.toEqual([kill?.session]);
  });
});

describe.skipIf(!engine)('an RDS Proxy before MySQL refuses', () => {
  test('a wrong token', async () => {
    await expect(logIn({}, 'wrong')).rejects.toMatchObject({ errno: 1045, sqlState: '28000' });
    expect(proxy.gateway.logins.at(-1)).toMatchObject({ accepted: false, reason: 'malformed' });
  });

  test('a client without TLS', async () => {
    const { host, port } = proxy.address;
    await expect(mysql.createConnection({ host, port, user: 'app' })).rejects.toMatchObject({
      errno: 3159,
      sqlMessage: 'This RDS Proxy requires TLS connections.',
    });
  });

  test('a database that the engine does not have', async () => {
    await expect(logIn({ database: 'sqlport_nowhere' })).rejects.toMatchObject({ errno: 1049 });
  });

  test.each([
    ['iam-rate', 'IAM authentication rate limit exceeded'],
    ['connection-rate', 'Connections rate limit exceeded (200)'],
    ['connection-limit', 'Number simultaneous connections exceeded (1000)'],
  ] as const)('a login while it throttles: %s', async (throttle, sqlMessage) => {
    proxy.throttle = throttle;
    await expect(logIn()).rejects.toMatchObject({ errno: 1040, sqlMessage });
  });

  test('to wait for a backend for longer than it may, at a login and at a statement', async () => {
    const [holder, other] = [await logIn(), await logIn()];
    proxy.limits.borrowTimeoutMs = 50;
    await holder.query('begin');
    const timedOut = { errno: 9501, sqlState: 'HY000', sqlMessage: 'Timed-out waiting to acquire database connection' };
    await expect(logIn()).rejects.toMatchObject(timedOut);
    await expect(other.query('select 1')).rejects.toMatchObject(timedOut);
    await holder.query('commit');
    expect(await ask(other, '1')).toBe(1);
  });
});

test.skipIf(!engine)('an idle session outlives the backend it had', async () => {
  const connection = await logIn();
  const id = await backendOf(connection);
  const admin = await mysql.createConnection(local.mysql!.url);
  await admin.query(`kill ${id}`);
  await admin.end();
  await vi.waitUntil(() => proxy.backends.open === 0, patience);
  expect(await backendOf(connection)).not.toBe(id);
});
