import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from 'node:tls';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type CertificateKind, type Local, startLocal } from '../src/index.ts';
import { sign, type Target } from './sign.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = 10_000;
let local: Local;
let clockOffset = 0;
const clients: pg.Client[] = [];

beforeAll(async () => {
  local = await startLocal({ ...inject('sqlportLocal'), mysql: false, clock: () => Date.now() + clockOffset });
});
afterEach(async () => {
  clockOffset = 0;
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
});
afterAll(() => local.close());

function newClient(password: string, changes: pg.ClientConfig = {}): pg.Client {
  const { host, port, user, database, ca } = local.configs['iam-pg'];
  const client = new pg.Client({ host, port, user, database, password, ssl: { ca }, ...changes });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

async function logIn(changes: pg.ClientConfig = {}, target: Partial<Target> = {}): Promise<pg.Client> {
  const client = newClient(await sign(local.configs['iam-pg'], target), changes);
  await client.connect();
  return client;
}

const lastLogin = () => local.endpoints['iam-pg'].logins.at(-1);

describe('a PostgreSQL client', () => {
  test('with a token reaches the real engine as the user it named', async () => {
    const client = await logIn();
    const { rows } = await client.query(
      'select current_user::text as who, current_database()::text as db, $1::int as n',
      [7],
    );
    expect(rows).toEqual([{ who: 'app', db: 'simple_db', n: 7 }]);
    expect(lastLogin()).toMatchObject({ user: 'app', accepted: true, reason: undefined });
  });

  test('may sign for any of the names the gateway answers for', async () => {
    for (const host of local.endpoints['iam-pg'].hosts) await logIn({}, { host });
    expect(local.endpoints['iam-pg'].hosts).toContain('shop.cluster-abc123.us-east-1.rds.amazonaws.com');
  });

  test('is shown a certificate for each of those names', async () => {
    for (const servername of local.endpoints['iam-pg'].hosts.filter((host) => /[a-z]/.test(host))) {
      const { ca, host } = local.configs['iam-pg'];
      const ssl = {
        ca,
        checkServerIdentity: (_: string, cert: PeerCertificate) => checkServerIdentity(servername, cert),
      };
      await logIn({ host, ssl });
    }
    expect(lastLogin()?.accepted).toBe(true);
  });

  test('keeps its start-up parameters', async () => {
    const client = await logIn({ application_name: 'shop', options: '-c statement_timeout=4321' });
    const { rows } = await client.query(
      "select current_setting('application_name') a, current_setting('statement_timeout') t",
    );
    expect(rows).toEqual([{ a: 'shop', t: '4321ms' }]);
  });

  test('can send and get more than fits into one buffer', async () => {
    const client = await logIn();
    const text = 'x'.repeat(5_000_000);
    const { rows } = await client.query('select $1::text as text', [text]);
    expect(rows[0].text === text).toBe(true);
  });

  test('may negotiate TLS directly, as PostgreSQL 17 allows', async () => {
    const client = await logIn({ sslnegotiation: 'direct' } as pg.ClientConfig);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('gets the engine’s own errors', async () => {
    await expect(logIn({ database: 'no_such_db' })).rejects.toMatchObject({ code: '3D000' });
    const client = await logIn();
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
  });
});

describe('PostgreSQL refuses as RDS does', () => {
  const pamFailure = { code: '28000', severity: 'FATAL', message: 'PAM authentication failed for user "app"' };

  test('a password that is no token', async () => {
    await expect(newClient('hunter2').connect()).rejects.toMatchObject(pamFailure);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'malformed' });
  });

  test('an expired token', async () => {
    clockOffset = 15 * 60_000 + 1;
    await expect(logIn()).rejects.toMatchObject(pamFailure);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'expired' });
  });

  test('a token of another region', async () => {
    await expect(logIn({}, { region: 'eu-west-1' })).rejects.toMatchObject(pamFailure);
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'wrong region' });
  });

  test('a user it does not know', async () => {
    const message = 'PAM authentication failed for user "nobody"';
    await expect(logIn({ user: 'nobody' }, { user: 'nobody' })).rejects.toMatchObject({ code: '28000', message });
    expect(lastLogin()).toMatchObject({ user: 'nobody', accepted: false, reason: 'unknown user' });
  });

  test('a connection without TLS, token or not', async () => {
    await expect(logIn({ ssl: false })).rejects.toMatchObject({
      code: '28000',
      message: expect.stringMatching(
        /^pg_hba.conf rejects connection for host ".+", user "app", database "simple_db", no encryption$/,
      ),
    });
    expect(lastLogin()).toMatchObject({ accepted: false, reason: 'no TLS' });
  });

  test('whom the policy does not name, from the next login on', async () => {
    const gateway = local.endpoints['iam-pg'];
    const statements = gateway.policy.splice(0);
    const [statement] = statements;
    await expect(logIn()).rejects.toMatchObject(pamFailure);
    expect(lastLogin()).toMatchObject({ reason: 'denied by policy' });
    gateway.policy.push({ ...statement!, resourceId: 'cluster-OTHER' });
    await expect(logIn()).rejects.toMatchObject(pamFailure);
    gateway.policy.push({ ...statement!, user: 'app', resourceId: gateway.resourceId });
    await logIn();
    gateway.policy.splice(0, Number.POSITIVE_INFINITY, ...statements);
  });

  test('credentials that have expired, from the next login on', async () => {
    const gateway = local.endpoints['iam-pg'];
    const credentials = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'temporary', sessionToken: 'session' };
    gateway.policy.push({ accessKeyId: 'ASIATEMPORARY', user: '*', resourceId: '*' });
    gateway.credentials.set('ASIATEMPORARY', credentials);
    await logIn({}, { credentials });
    gateway.credentials.set('ASIATEMPORARY', { ...credentials, expiresAt: Date.now() - 1 });
    await expect(logIn({}, { credentials })).rejects.toMatchObject(pamFailure);
    expect(lastLogin()).toMatchObject({ reason: 'credentials expired' });
  });
});

test('a PostgreSQL query is cancelled through the gateway, over TLS and without', async () => {
  const { host, port, ca } = local.configs['iam-pg'];
  for (const overTls of [true, false]) {
    const client = await logIn();
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const outcome = expect(client.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    const watcher = await logIn();
    await vi.waitUntil(async () => {
      const running =
        "select from pg_stat_activity where pid = $1 and state = 'active' and query like '%pg_sleep(60)%'";
      return (await watcher.query(running, [processID])).rowCount === 1;
    }, patience);
    const request = Buffer.alloc(16);
    for (const [i, word] of [16, 80877102, processID, secretKey].entries()) request.writeInt32BE(word, i * 4);
    let socket = connectTcp(port, host);
    if (overTls) {
      socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
      const [answer] = await once(socket, 'data');
      expect(String(answer)).toBe('S');
      socket = connectTls({ socket, ca, servername: host });
    }
    const closed = once(socket, 'close');
    socket.resume().write(request);
    await outcome;
    await closed;
  }
  expect(local.endpoints['iam-pg'].cancelRequests).toBe(2);
});

describe('the controls of a PostgreSQL gateway', () => {
  test('count connections, open and in total', async () => {
    const gateway = local.endpoints['iam-pg'];
    await vi.waitUntil(() => gateway.connections.open === 0, patience);
    const before = gateway.connections.total;
    const [one] = await Promise.all([logIn(), logIn()]);
    expect(gateway.connections).toEqual({ open: 2, total: before + 2 });
    await one.end();
    await vi.waitUntil(() => gateway.connections.open === 1, patience);
  });

  test('cut every client, and let it connect again', async () => {
    const client = await logIn();
    // Cut while the request is still on its way, the client may see a reset instead.
    const gone = expect(client.query('select pg_sleep(60)')).rejects.toThrow(/terminated unexpectedly|ECONNRESET/);
    local.endpoints['iam-pg'].destroyConnections();
    await gone;
    const again = await logIn();
    expect((await again.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test.each<[CertificateKind, object]>([
    ['expired', { code: 'CERT_HAS_EXPIRED' }],
    ['foreign-ca', { code: expect.stringMatching(/UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)/) }],
    ['wrong-host', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
    ['plaintext', { message: 'The server does not support SSL connections' }],
  ])('show a client what it must refuse: %s', async (kind, error) => {
    const gateway = local.endpoints['iam-pg'];
    await gateway.useCertificate(kind);
    const attempts = gateway.logins.length;
    await expect(logIn()).rejects.toMatchObject(error);
    expect(gateway.logins).toHaveLength(attempts);
    await gateway.useCertificate('valid');
    await logIn();
  });

  test('never hold a token', async () => {
    const token = await sign(local.configs['iam-pg']);
    await newClient(token).connect();
    await expect(newClient(token, { ssl: false }).connect()).rejects.toThrow();
    const signature = /X-Amz-Signature=(\w+)/.exec(token)?.[1];
    const seen = inspect(local.endpoints['iam-pg'], { depth: 10, showHidden: true });
    expect(seen).toContain('logins');
    expect(seen).not.toContain(signature);
  });
});

test('a user made by a test may log in', async () => {
  const user = 'clerk "x"';
  await local.createUser(user);
  const client = await logIn({ user }, { user });
  expect((await client.query('select current_user::text as who')).rows).toEqual([{ who: user }]);
});
