import { connect as connectTcp } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type Local, type PinReason, type RdsProxy, startLocal } from '../src/index.ts';
import { sign } from './sign.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = 10_000;
let local: Local;
let proxy: RdsProxy;
const clients: pg.Client[] = [];

beforeAll(async () => {
  local = await startLocal({ ...inject('sqlportLocal'), mysql: false });
  proxy = local.proxies['iam-pg'];
});
beforeEach(() => {
  Object.assign(proxy.limits, { maxConnections: 1, borrowTimeoutMs: patience });
});
afterEach(async () => {
  proxy.throttle = undefined;
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
  await vi.waitUntil(() => proxy.backends.pinned === 0, patience);
});
afterAll(() => local.close());

async function logIn(changes: pg.ClientConfig = {}): Promise<pg.Client> {
  const { user, database, ca } = local.configs['iam-pg'];
  const { host, port, signingHost } = proxy.address;
  const client = new pg.Client({
    host,
    port,
    user,
    database,
    // The certificate is verified for the proxy's own name.
    ssl: { ca, servername: signingHost },
    password: await sign(local.configs['iam-pg'], { host: signingHost, port }),
    ...changes,
  });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

const backendOf = async (client: pg.Client): Promise<number> =>
  (await client.query('select pg_backend_pid() as pid')).rows[0].pid;

const lastPin = () => proxy.pins.at(-1)?.reason;

describe('an RDS Proxy before PostgreSQL', () => {
  test('lends few backends to many sessions', async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => logIn()));
    const answers = await Promise.all(
      sessions.map(
        async (client, i) => (await client.query('select $1::int as n, pg_backend_pid() as pid', [i])).rows[0],
      ),
    );
    expect(answers.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    expect(proxy.gateway.connections.open).toBe(6);
    expect(proxy.backends).toEqual({ open: 1, idle: 1, pinned: 0 });
    expect(proxy.pins).toEqual([]);
  });

  test('lends a backend for a whole transaction, also a failed one', async () => {
    const [one, other] = [await logIn(), await logIn()];
    await one.query('begin');
    const seen = vi.fn();
    const waiting = backendOf(other).then(seen);
    await expect(one.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    await expect(one.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    expect(seen).not.toHaveBeenCalled();
    await one.query('rollback');
    await waiting;
    await one.query('begin');
    await one.query('commit');
    await backendOf(other);
  });

  test('ends the backend of a client that goes in the middle of a transaction', async () => {
    const [one, other] = [await logIn(), await logIn()];
    await one.query('begin');
    const pid = await backendOf(one);
    await one.end();
    expect(await backendOf(other)).not.toBe(pid);
  });

  test('shows a client its own parameters, and gives sessions with others another backend', async () => {
    const tokyo = await logIn({ options: '', application_name: 'a' });
    expect((await tokyo.query('show application_name')).rows[0].application_name).toBe('a');
    const other = await logIn({ application_name: 'b' });
    expect((await other.query('show application_name')).rows[0].application_name).toBe('b');
    expect((await tokyo.query('show application_name')).rows[0].application_name).toBe('a');
    expect(proxy.backends.open).toBe(1);
  });

  test('passes on more than fits into one buffer', async () => {
    const text = 'x'.repeat(3_000_000);
    const client = await logIn();
    expect((await client.query('select $1::text as text', [text])).rows[0].text === text).toBe(true);
    expect(proxy.backends.pinned).toBe(0);
  });

  test.each<[PinReason, string, string?]>([
    ['SET', 'set statement_timeout = 1000'],
    ['SET', 'reset all'],
    ['SET', "select set_config('statement_timeout', '1s', false)"],
    ['prepared statement', 'prepare p as select 1'],
    ['cursor', 'begin; declare c cursor for select 1'],
    ['temporary object', 'create temp table mine (n int)'],
    ['temporary object', 'select 1 as n into temporary mine'],
    ['LISTEN', '/* first */ listen channel'],
    ['DISCARD', 'discard all'],
    ['advisory lock', 'select pg_advisory_lock(1)'],
  ])('pins on %s: %s', async (reason, statement) => {
    const before = proxy.pins.length;
    const client = await logIn();
    const pid = await backendOf(client);
    await client.query(statement);
    expect(proxy.pins.slice(before).map((pin) => pin.reason)).toEqual([reason]);
    expect(proxy.backends).toEqual({ open: 1, idle: 0, pinned: 1 });
    expect(await backendOf(client)).toBe(pid);
    await client.end();
    expect(await backendOf(await logIn())).not.toBe(pid);
  });

  test('pins on a statement over 16 KB, whatever is in it', async () => {
    const client = await logIn();
    await client.query(`select '${'x'.repeat(16_000)}'`);
    expect(proxy.backends.pinned).toBe(0);
    await client.query(`select '${'x'.repeat(16_400)}'`);
    expect(lastPin()).toBe('statement over 16 KB');
  });

  test('pins on a named prepared statement and on nextval in the extended protocol', async () => {
    await (await logIn()).query({ name: 'p', text: 'select $1::int', values: [1] });
    expect(lastPin()).toBe('prepared statement');
    await clients.pop()?.end();
    const client = await logIn();
    await expect(client.query('select nextval($1)', ['no_such_sequence'])).rejects.toMatchObject({ code: '42P01' });
    expect(lastPin()).toBe('sequence');
  });

  test.each([
    'begin; set local statement_timeout = 1000; commit',
    'begin isolation level serializable; set transaction read only; commit',
    "select set_config('statement_timeout', '1s', true)",
    'select pg_advisory_xact_lock(1)',
    `select 'set x; listen y', "set" from (select 1 as "set") t -- ; reset all`,
    'select $$ ; discard all; $$',
    String.raw`select E'it\'s ; reset all'`,
  ])('does not pin on %s', async (statement) => {
    const before = proxy.pins.length;
    await (await logIn()).query(statement);
    expect(proxy.pins).toHaveLength(before);
  });

  test('has no cancel: the request is taken and has no effect', async () => {
    const client = await logIn();
    const before = proxy.ignoredCancelRequests;
    const sleeping = client.query('select pg_sleep(0.5), 1 as one');
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const request = Buffer.alloc(16);
    for (const [i, value] of [16, 80877102, processID, secretKey].entries()) request.writeInt32BE(value, i * 4);
    connectTcp(proxy.address.port, '127.0.0.1').end(request);
    await vi.waitUntil(() => proxy.ignoredCancelRequests === before + 1, patience);
    expect((await sleeping).rows).toMatchObject([{ one: 1 }]);
  });
});

describe('an RDS Proxy before PostgreSQL refuses', () => {
  test.each([
    [{ options: '-c statement_timeout=1' }, 'command-line options'],
    [{ statement_timeout: 1000 }, 'the option statement_timeout'],
    [{ replication: 'database' } as pg.ClientConfig, 'streaming replication mode'],
  ])('a start-up packet with %o', async (changes, what) => {
    await expect(logIn(changes)).rejects.toMatchObject({
      code: '0A000',
      message: `Feature not supported: RDS Proxy currently doesn’t support ${what}.`,
    });
  });

  test('a wrong token, in its own words', async () => {
    await expect(logIn({ password: 'wrong' })).rejects.toMatchObject({
      code: '28000',
      message: 'The IAM authentication failed for the role app. Check the IAM token for this role and try again.',
    });
    const client = await logIn({ password: await sign(local.configs['iam-pg'], proxy.address) });
    expect(await backendOf(client)).toBeGreaterThan(0);
    const { port } = local.configs['iam-pg'];
    await expect(logIn({ password: await sign(local.configs['iam-pg'], { port }) })).rejects.toThrow('IAM');
  });

  test('a client without TLS', async () => {
    await expect(logIn({ ssl: false })).rejects.toThrow('This RDS Proxy requires TLS connections.');
  });

  test('a database that the engine does not have', async () => {
    await expect(logIn({ database: 'nowhere' })).rejects.toMatchObject({
      code: '3D000',
      message: 'Request returned an error: database "nowhere" does not exist',
    });
  });

  test.each([
    ['iam-rate', 'The IAM authentication failed because of too many competing requests.'],
    ['connection-rate', 'Rate of connection to proxy exceeded 200.'],
    ['connection-limit', 'The maximum number of client connections to the proxy exceeded 1000.'],
  ] as const)('a login while it throttles: %s', async (throttle, message) => {
    proxy.throttle = throttle;
    await expect(logIn()).rejects.toMatchObject({ code: '53300', message });
  });

  test('to wait for a backend for longer than it may, at a login and at a statement', async () => {
    const [holder, other] = [await logIn(), await logIn()];
    proxy.limits.borrowTimeoutMs = 50;
    const before = proxy.borrowTimeouts;
    await holder.query('begin');
    const timedOut = { code: '53300', message: 'Timed-out waiting to acquire database connection' };
    await expect(logIn()).rejects.toMatchObject(timedOut);
    await expect(other.query('select 1')).rejects.toMatchObject(timedOut);
    expect(proxy.borrowTimeouts).toBe(before + 2);
    await holder.query('commit');
    await logIn();
  });
});

test('an idle session outlives the backend it had', async () => {
  const client = await logIn();
  const pid = await backendOf(client);
  const admin = new pg.Client({ connectionString: local.postgres!.url });
  await admin.connect();
  await admin.query('select pg_terminate_backend($1)', [pid]);
  await admin.end();
  await vi.waitUntil(() => proxy.backends.open === 0, patience);
  expect(await backendOf(client)).not.toBe(pid);
});
