import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { inspect } from 'node:util';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type CertificateKind, type Local, startLocal } from '../src/index.ts';
import { sign, type Target } from './sign.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = 10_000;
let local: Local;
let clockOffset = 0;
const connections: mysql.Connection[] = [];

const { mysql: engine } = inject('sqlportLocal');

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine, clock: () => Date.now() + clockOffset });
});
afterEach(async () => {
  clockOffset = 0;
  await Promise.all(connections.splice(0).map((connection) => connection.end().catch(() => {})));
});
afterAll(() => local?.close());

async function connect(token: string, changes: mysql.ConnectionOptions = {}): Promise<mysql.Connection> {
  const { host, port, user, database, ca } = local.configs['iam-mysql2'];
  const connection = await mysql.createConnection({
    host,
    port,
    user,
    database,
    ssl: { ca, verifyIdentity: true },
    authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${token}\0`) },
    ...changes,
  });
  connection.on('error', () => {});
  connections.push(connection);
  return connection;
}

const logIn = async (changes: mysql.ConnectionOptions = {}, target: Partial<Target> = {}) =>
  connect(await sign(local.configs['iam-mysql2'], target), changes);

const rows = async (connection: mysql.Connection, text: string) => (await connection.query(text))[0];

const lastLogin = () => local.endpoints['iam-mysql2'].logins.at(-1);

describe.skipIf(!engine)('a MySQL client', () => {
  test('with a token reaches the real engine as the user it named', async () => {
    const connection = await logIn();
    expect(await rows(connection, 'select current_user() as who, database() as db')).toEqual([
      { who: 'app@%', db: 'simple_db' },
    ]);
    expect(lastLogin()).toMatchObject({ user: 'app', accepted: true, reason: undefined });
  });

  test('needs no database', async () => {
    expect(await rows(await logIn({ database: '' }), 'select database() as db')).toEqual([{ db: null }]);
  });

  test('may sign for any of the names the gateway answers for', async () => {
    for (const host of local.endpoints['iam-mysql2'].hosts) await logIn({}, { host });
    expect(lastLogin()?.accepted).toBe(true);
  });

  test('keeps the capabilities it asked for', async () => {
    const table = `simple_db.found_${process.pid}`;
    const update = async (flags: string[]) => {
      const connection = await logIn({ flags });
      const [result] = await connection.query<mysql.ResultSetHeader>(`update ${table} set n = 1`);
      return result.affectedRows;
    };
    const connection = await logIn({ multipleStatements: true });
    await connection.query(`create table ${table} (n int); insert into ${table} values (1), (1)`);
    expect(await update(['FOUND_ROWS'])).toBe(2);
    expect(await update(['-FOUND_ROWS'])).toBe(0);
    await connection.query(`drop table ${table}`);
  });

  test('is told the engine’s own thread id, so that KILL QUERY meets the right one', async () => {
    const connection = await logIn();
    const { threadId } = connection;
    expect(await rows(connection, 'select connection_id() as id')).toEqual([{ id: threadId }]);
    const sleeping = connection.query('select sleep(60)');
    const killer = await logIn();
    await vi.waitUntil(async () => {
      const [list] = await killer.query<mysql.RowDataPacket[]>('show processlist');
      return list.some((row) => row['Id'] === threadId && String(row['Info']).includes('sleep'));
    }, patience);
    await killer.query(`kill query ${threadId}`);
    expect(await sleeping.then(([result]) => result)).toEqual([{ 'sleep(60)': 1 }]);
  });

  test('can send and get more than fits into one buffer or packet', async () => {
    const connection = await logIn();
    const text = 'x'.repeat(20_000_000);
    const [result] = await connection.query<mysql.RowDataPacket[]>('select ? as text', [text]);
    expect(result[0]?.['text'] === text).toBe(true);
  });

  test('knows time zones by name', async () => {
    expect(
      await rows(await logIn(), "select cast(convert_tz('2025-07-01 00:00:00', 'UTC', 'Asia/Tokyo') as char) as t"),
    ).toEqual([{ t: '2025-07-01 09:00:00' }]);
  });

  test('may make databases of its own', async () => {
    const name = `sqlport_test_${process.pid}`;
    const connection = await logIn();
    await connection.query(`create database ${name}`);
    await connection.query(`create table ${name}.t (n int)`);
    await connection.query(`drop database ${name}`);
    await expect(connection.query('create database other_name')).rejects.toMatchObject({ errno: 1044 });
  });

  test('gets the engine’s own errors', async () => {
    await expect(logIn({ database: 'sqlport_no_such_db' })).rejects.toMatchObject({ errno: 1049, sqlState: '42000' });
    await expect((await logIn()).query('select nonsense')).rejects.toMatchObject({ errno: 1054 });
  });

  test('logs in when the engine’s password cache is empty, and when it is warm', async () => {
    const root = await mysql.createConnection(local.mysql!.url);
    await root.query('flush privileges');
    await root.end();
    for (const _ of ['cold', 'warm']) expect(await rows(await logIn(), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('may send its TLS hello together with the request for it', async () => {
    const { host, port, ca } = local.configs['iam-mysql2'];
    const raw = connectTcp(port, host);
    const [greeting] = (await once(raw, 'data')) as [Buffer];
    expect(greeting[4]).toBe(10);
    const request = Buffer.alloc(36);
    request.writeUIntLE(32, 0, 3);
    request[3] = 1;
    // PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH
    request.writeUInt32LE((1 << 9) | (1 << 11) | (1 << 15) | (1 << 19), 4);
    raw.cork();
    raw.write(request);
    const secured = connectTls({ socket: raw, ca, servername: host });
    raw.uncork();
    await once(secured, 'secureConnect');
    expect(secured.authorized).toBe(true);
    secured.destroy();
  });
});

describe.skipIf(!engine)('MySQL refuses as RDS does', () => {
  const denied = {
    errno: 1045,
    sqlState: '28000',
    sqlMessage: expect.stringMatching(/^Access denied for user 'app'@'.+' \(using password: YES\)$/),
  };

  test('a password that is no token', async () => {
    await expect(connect('hunter2')).rejects.toMatchObject(denied);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'malformed' });
  });

  test('a token without its closing zero', async () => {
    const token = await sign(local.configs['iam-mysql2']);
    const authPlugins = { mysql_clear_password: () => async () => Buffer.from(token) };
    await expect(connect('', { authPlugins })).rejects.toMatchObject(denied);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'no token' });
  });

  test('an expired token', async () => {
    clockOffset = 15 * 60_000 + 1;
    await expect(logIn()).rejects.toMatchObject(denied);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'expired' });
  });

  test('a token for another port', async () => {
    await expect(logIn({}, { port: 3306 })).rejects.toMatchObject(denied);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'wrong host' });
  });

  test('a user it does not know', async () => {
    const sqlMessage = expect.stringMatching(/^Access denied for user 'nobody'@'.+' \(using password: YES\)$/);
    await expect(logIn({ user: 'nobody' }, { user: 'nobody' })).rejects.toMatchObject({ errno: 1045, sqlMessage });
    expect(lastLogin()).toMatchObject({ user: 'nobody', accepted: false, reason: 'unknown user' });
  });

  test('a connection without TLS, before any token is sent', async () => {
    const token = await sign(local.configs['iam-mysql2']);
    let asked = false;
    const authPlugins = {
      mysql_clear_password: () => async () => {
        asked = true;
        return Buffer.from(`${token}\0`);
      },
    };
    const { host, port, user } = local.configs['iam-mysql2'];
    await expect(mysql.createConnection({ host, port, user, authPlugins })).rejects.toMatchObject({ errno: 1045 });
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'no TLS' });
    expect(asked).toBe(false);
  });

  test('whom the policy does not name', async () => {
    const gateway = local.endpoints['iam-mysql2'];
    const statements = gateway.policy.splice(0);
    await expect(logIn()).rejects.toMatchObject(denied);
    expect(lastLogin()).toMatchObject({ reason: 'denied by policy' });
    gateway.policy.push(...statements);
    await logIn();
  });
});

describe.skipIf(!engine)('the controls of a MySQL gateway', () => {
  test('count connections, open and in total', async () => {
    const gateway = local.endpoints['iam-mysql2'];
    await vi.waitUntil(() => gateway.connections.open === 0, patience);
    const before = gateway.connections.total;
    const [one] = await Promise.all([logIn(), logIn()]);
    expect(gateway.connections).toEqual({ open: 2, total: before + 2 });
    await one.end();
    await vi.waitUntil(() => gateway.connections.open === 1, patience);
  });

  test('cut every client, and let it connect again', async () => {
    const connection = await logIn();
    const gone = expect(connection.query('select sleep(60)')).rejects.toMatchObject({
      code: expect.stringMatching(/PROTOCOL_CONNECTION_LOST|ECONNRESET/),
    });
    local.endpoints['iam-mysql2'].destroyConnections();
    await gone;
    expect(await rows(await logIn(), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test.each<[CertificateKind, object]>([
    ['expired', { code: 'HANDSHAKE_SSL_ERROR', message: expect.stringContaining('expired') }],
    ['foreign-ca', { code: 'HANDSHAKE_SSL_ERROR', message: expect.stringMatching(/unable to/) }],
    ['wrong-host', { message: expect.stringContaining('other.example') }],
    ['plaintext', { code: 'HANDSHAKE_NO_SSL_SUPPORT' }],
  ])('show a client what it must refuse: %s', async (kind, error) => {
    const gateway = local.endpoints['iam-mysql2'];
    await gateway.useCertificate(kind);
    const attempts = gateway.logins.length;
    await expect(logIn()).rejects.toMatchObject(error);
    expect(gateway.logins).toHaveLength(attempts);
    await gateway.useCertificate('valid');
    await logIn();
  });

  test('never hold a token', async () => {
    const token = await sign(local.configs['iam-mysql2']);
    await connect(token);
    const signature = /X-Amz-Signature=(\w+)/.exec(token)?.[1];
    const seen = inspect(local.endpoints['iam-mysql2'], { depth: 10, showHidden: true });
    expect(seen).toContain('logins');
    expect(seen).not.toContain(signature);
  });
});

test.skipIf(!engine)('a user made by a test may log in', async () => {
  const user = "o'clerk";
  await local.createUser(user);
  expect(await rows(await logIn({ user, database: '' }, { user }), 'select current_user() as who')).toEqual([
    { who: "o'clerk@%" },
  ]);
});
