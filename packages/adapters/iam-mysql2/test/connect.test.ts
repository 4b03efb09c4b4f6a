import { createServer } from 'node:net';
import type { Driver } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IamMysql2ServerConfig } from '../src/index.ts';
import { Fixture, failure, run, until, value } from './fixture.ts';

/** The gateway's clock, in ms ahead of this machine's; right again after the first login it refused, where `healing`. */
let ahead = 0;
let healing = false;
let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start({
    clock: () => Date.now() + ahead,
    log: (line) => {
      if (healing && line.includes('refused')) ahead = 0;
    },
  });
});
afterEach(async () => {
  ahead = 0;
  healing = false;
  await fixture.gateway.useCertificate('valid');
});
afterAll(() => fixture.stop());

const RDS_NAME = 'shop.cluster-abc123.us-east-1.rds.amazonaws.com';

async function connectFailure(overrides: Partial<IamMysql2ServerConfig> = {}) {
  const db = await fixture.open(overrides);
  return failure(run(db, 'SELECT 1'));
}

describe('TLS', () => {
  it('secures every connection', async () => {
    const db = await fixture.open();
    expect(await value(db, 'SELECT 1')).toBe(1);
    expect(fixture.gateway.logins.at(-1)).toMatchObject({ accepted: true });
  });

  it.each([
    ['wrong-host', /another name.*"signingHost"/],
    ['expired', /has expired/],
    ['foreign-ca', /cannot be verified.*"ca"/],
  ] as const)('refuses a certificate that is not the right one: %s; no token is sent', async (kind, cure) => {
    await fixture.gateway.useCertificate(kind);
    const logins = fixture.gateway.logins.length;
    const error = await connectFailure();
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(error.message).toMatch(cure);
    expect(fixture.gateway.logins.length).toBe(logins);
  });

  it('is not done without: a server that offers none gets no token', async () => {
    await fixture.gateway.useCertificate('plaintext');
    const logins = fixture.gateway.logins.length;
    expect(await connectFailure()).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(fixture.gateway.logins.slice(logins).every(({ accepted }) => !accepted)).toBe(true);
  });

  it('checks the certificate of an alias against the real name, for which the token is signed', async () => {
    const db = await fixture.open({ signingHost: RDS_NAME });
    expect(await value(db, 'SELECT 1')).toBe(1);
    expect(await connectFailure({ signingHost: 'elsewhere.cluster-abc123.us-east-1.rds.amazonaws.com' })).toMatchObject(
      {
        code: 'CONFIG',
      },
    );
  });

  it('trusts nobody but the authorities of RDS where none are given', async () => {
    expect(await connectFailure({ ca: undefined as never })).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  });
});

describe('a login', () => {
  it('is made for each physical connection, with a token that serves for several', async () => {
    const db = await fixture.open({ max: 2 });
    const logins = fixture.gateway.logins.length;
    await Promise.all([run(db, 'SELECT SLEEP(0.05)'), run(db, 'SELECT SLEEP(0.05)')]);
    expect(fixture.gateway.logins.slice(logins).map(({ accepted }) => accepted)).toEqual([true, true]);
  });

  it('that is refused is tried once more with a fresh token, unseen', async () => {
    // Probed, because the socket may not know yet that its session is gone.
    const db = await fixture.open({ max: 1, idleProbeMs: 1 });
    await run(db, 'SELECT 1');
    await fixture.killSessions();
    const logins = fixture.gateway.logins.length;
    ahead = 20 * 60_000;
    healing = true;
    expect(await value(db, 'SELECT 1')).toBe(1);
    expect(fixture.gateway.logins.slice(logins).map(({ reason }) => reason)).toEqual(['expired', undefined]);
  });

  it('that is refused twice is an error, and the next statement tries again', async () => {
    const db = await fixture.open({ max: 1 });
    ahead = 20 * 60_000;
    const logins = fixture.gateway.logins.length;
    expect(await failure(run(db, 'SELECT 1'))).toMatchObject({
      code: 'AUTH',
      errno: 1045,
      sqlState: '28000',
      outcome: 'not-applied',
    });
    expect(fixture.gateway.logins.slice(logins).map(({ reason }) => reason)).toEqual(['expired', 'expired']);
    ahead = 0;
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('heals when the credentials were replaced in the meantime', async () => {
    const { credentials } = fixture.gateway;
    const old = fixture.local.credentials;
    const fresh = { accessKeyId: 'AKIAFRESHFRESHFRESH1', secretAccessKey: 'fresh' };
    let current: { accessKeyId: string; secretAccessKey: string } = old;
    const db = await fixture.open({ max: 1, idleProbeMs: 1, credentials: async () => current });
    await run(db, 'SELECT 1');
    credentials.delete(old.accessKeyId);
    credentials.set(fresh.accessKeyId, { secretAccessKey: fresh.secretAccessKey });
    const allowed = { accessKeyId: fresh.accessKeyId, user: '*', resourceId: '*' };
    fixture.gateway.policy.push(allowed);
    current = fresh;
    await fixture.killSessions();
    try {
      expect(await value(db, 'SELECT 1')).toBe(1);
    } finally {
      credentials.set(old.accessKeyId, { secretAccessKey: old.secretAccessKey });
    }
  });

  it.each([
    ['a wrong user', { user: 'stranger' }],
    ['a wrong region', { region: 'eu-west-1' }],
    ['wrong credentials', { credentials: { accessKeyId: 'AKIAWRONGWRONGWRONG1', secretAccessKey: 'wrong' } }],
  ])('with %s is refused, and the error says what to check', async (_, overrides) => {
    const error = await connectFailure(overrides);
    expect(error).toMatchObject({ code: 'AUTH', errno: 1045, outcome: 'not-applied' });
    expect(error.message).toMatch(/rds-db:connect/);
  });

  it('to a database that does not exist is a mistake of configuration', async () => {
    const [none, foreign] = await Promise.all([
      connectFailure({ ...(await plaintextRoot()), database: 'not_there' }),
      connectFailure({ database: 'not_there' }),
    ]);
    expect(none).toMatchObject({ code: 'CONFIG', errno: 1049, outcome: 'not-applied' });
    // To whom the server does not even say whether it exists.
    expect(foreign).toMatchObject({ code: 'PERMISSION', errno: 1044, outcome: 'not-applied' });
  });

  it('by password needs no IAM, whatever is in the password', async () => {
    const password = 'p@ss/w:o+r?d#%';
    await fixture.ask(`CREATE USER odd@'%' IDENTIFIED BY ?`, [password]);
    await fixture.ask(`GRANT ALL ON ${fixture.database.name}.* TO odd@'%'`);
    const { port } = fixture.address;
    const config = { host: '127.0.0.1', port, user: 'odd', tls: 'insecure-disabled' } as const;
    expect(await value(await fixture.open({ ...config, auth: { password } }), 'SELECT 1')).toBe(1);
    const wrong = await connectFailure({ ...config, auth: { password: 'wrong' } });
    expect(wrong).toMatchObject({ code: 'AUTH', outcome: 'not-applied' });
  });
});

describe('a server', () => {
  it('that is not there cannot be reached, and nothing was applied', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await connectFailure({ port })).toMatchObject({
      code: 'UNREACHABLE',
      outcome: 'not-applied',
      retryable: true,
    });
  });

  it('whose name does not exist cannot be reached', async () => {
    const error = await connectFailure({ host: 'not-there.invalid', signingHost: RDS_NAME });
    expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
  });

  it.each([
    ['says nothing', () => {}],
    ['hangs up at once', (socket: { destroy(): void }) => socket.destroy()],
    [
      'speaks another protocol',
      (socket: { end(text: string): void }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
  ])('that %s cannot be reached, and is given up in time', async (_, serve) => {
    const server = createServer((socket) => serve(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as { port: number };
    const start = performance.now();
    const error = await connectFailure({ port, connectTimeoutMs: 500 });
    expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
    expect(performance.now() - start).toBeLessThan(3_000);
    server.close();
  });

  it('that has too many connections says so', async () => {
    await fixture.ask('CREATE USER crowded@"%" IDENTIFIED BY "x" WITH MAX_USER_CONNECTIONS 1');
    await fixture.ask(`GRANT ALL ON ${fixture.database.name}.* TO crowded@'%'`);
    const { port } = fixture.address;
    const config = {
      host: '127.0.0.1',
      port,
      user: 'crowded',
      tls: 'insecure-disabled',
      auth: { password: 'x' },
    } as const;
    const first = await fixture.open(config);
    await run(first, 'SELECT 1');
    expect(await connectFailure(config)).toMatchObject({ code: 'THROTTLED', outcome: 'not-applied', retryable: true });
  });
});

describe('connecting', () => {
  it('is left at once by a caller whose signal is aborted', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const db: Driver = await fixture.open({ port: (server.address() as { port: number }).port });
    const caller = new AbortController();
    const call = failure(run(db, 'SELECT 1', [], caller.signal));
    caller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    await db.close();
    server.close();
  });

  it('is given up when the driver closes', async () => {
    const accepted = new Set<unknown>();
    const server = createServer((socket) => {
      accepted.add(socket);
      socket.on('close', () => accepted.delete(socket));
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const db = await fixture.open({ port: (server.address() as { port: number }).port });
    const call = failure(run(db, 'SELECT 1'));
    await until(() => accepted.size === 1);
    await db.close();
    expect(await call).toMatchObject({ code: 'CLOSED', outcome: 'not-applied' });
    await until(() => accepted.size === 0);
    server.close();
  });
});

/** The superuser's own login. */
async function plaintextRoot(): Promise<Partial<IamMysql2ServerConfig>> {
  const { username, password, hostname, port } = new URL(fixture.local.mysql!.url);
  return {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    auth: { password: decodeURIComponent(password) },
    tls: 'insecure-disabled',
  };
}
