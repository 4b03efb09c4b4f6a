import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fixture, failure, run, until, value } from './fixture.ts';

const MINUTE = 60_000;

let fixture: Fixture;
/** What the gateway's clock is ahead of ours; reset by the first login that it refuses, where `healing`. */
let ahead = 0;
let healing = false;
beforeAll(async () => {
  fixture = await Fixture.start({
    clock: () => Date.now() + ahead,
    log: (line) => {
      if (healing && line.includes('refused')) ahead = 0;
    },
  });
});
afterAll(() => fixture.stop());
beforeEach(() => {
  ahead = 0;
  healing = false;
});

/** What the first statement of a driver with this configuration fails with. */
const refusal = async (overrides: object) => failure(run(await fixture.open(overrides), 'SELECT 1'));

describe('TLS', () => {
  afterEach(() => fixture.gateway.useCertificate('valid'));

  it('a foreign certificate is refused whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await fixture.gateway.useCertificate('foreign-ca');
    const logins = fixture.gateway.logins.length;
    expect(await refusal({})).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(fixture.gateway.logins.length).toBe(logins);
    vi.unstubAllEnvs();
  });

  it.each([
    ['wrong-host', /another name.*signingHost/],
    ['expired', /has expired/],
    ['foreign-ca', /cannot be verified.*`ca`/],
    ['plaintext', /speaks no TLS/],
  ] as const)('a server shown as %s is a CONFIG error, and gets no token', async (kind, message) => {
    await fixture.gateway.useCertificate(kind);
    const logins = fixture.gateway.logins.length;
    const error = await refusal({});
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(error.message).toMatch(message);
    expect(fixture.gateway.logins.length).toBe(logins);
    await until(() => fixture.gateway.connections.open === 0);
  });

  it('an alias is verified and signed for by the name in signingHost', async () => {
    // A way to write 127.0.0.1 that the certificate does not name.
    const host = '127.1';
    expect(await refusal({ host })).toMatchObject({ code: 'CONFIG' });
    const db = await fixture.open({ host, signingHost: 'localhost' });
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('can be left out for a plain password only, spelt out', async () => {
    const { hostname, port, username, password } = new URL(fixture.local.postgres!.url);
    const plain = { host: hostname, port: Number(port), user: username, auth: { password } };
    expect(await refusal(plain)).toMatchObject({ code: 'CONFIG' });
    const db = await fixture.open({ ...plain, tls: 'insecure-disabled' });
    expect(await value(db, 'SELECT 1')).toBe(1);
    await expect(fixture.open({ tls: 'insecure-disabled' })).rejects.toMatchObject({ code: 'CONFIG' });
  });
});

describe('IAM', () => {
  it('logs each physical connection in with a token', async () => {
    const logins = fixture.gateway.logins.length;
    const db = await fixture.open({ max: 3 });
    await Promise.all([1, 2, 3].map(() => run(db, 'SELECT pg_sleep(0.05)')));
    expect(fixture.gateway.logins.slice(logins).map(({ accepted }) => accepted)).toEqual([true, true, true]);
  });

  it('an expired token is AUTH, after one more try with a fresh one', async () => {
    ahead = 20 * MINUTE;
    const logins = fixture.gateway.logins.length;
    expect(await refusal({})).toMatchObject({ code: 'AUTH', sqlState: '28000', outcome: 'not-applied' });
    expect(fixture.gateway.logins.length).toBe(logins + 2);
  });

  it('a token that was refused is replaced unseen', async () => {
    ahead = 20 * MINUTE;
    healing = true;
    const logins = fixture.gateway.logins.length;
    const db = await fixture.open();
    expect(await value(db, 'SELECT 1')).toBe(1);
    expect(fixture.gateway.logins.slice(logins).map(({ accepted }) => accepted)).toEqual([false, true]);
  });

  it.each([
    ['a user that is not there', { user: 'nobody' }],
    ['another region', { region: 'eu-west-1' }],
    ['credentials that AWS does not know', { credentials: { accessKeyId: 'AKIAX', secretAccessKey: 'x' } }],
  ])('%s is AUTH', async (_, overrides) => {
    expect(await refusal(overrides)).toMatchObject({ code: 'AUTH', outcome: 'not-applied' });
  });
});

describe('a server', () => {
  it('without the database is a CONFIG error that names the field', async () => {
    const error = await refusal({ database: 'nowhere' });
    expect(error).toMatchObject({ code: 'CONFIG', sqlState: '3D000', outcome: 'not-applied' });
    expect(error.message).toContain('`database`');
  });

  it('without a connection left is THROTTLED', async () => {
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} CONNECTION LIMIT 0`);
    const error = await refusal({});
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} CONNECTION LIMIT -1`);
    expect(error).toMatchObject({ code: 'THROTTLED', sqlState: '53300', outcome: 'not-applied' });
  });

  it('that nobody knows, or that is not there, is UNREACHABLE', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await refusal({ port })).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
    expect(await refusal({ host: 'nobody.invalid' })).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
  });

  describe('that accepts connections', () => {
    let silent: Server;
    let sockets = 0;
    let port = 0;
    beforeEach(async () => {
      sockets = 0;
      silent = createServer((socket) => {
        sockets++;
        socket
          .resume()
          .on('error', () => {})
          .on('close', () => sockets--);
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => silent.once('listening', resolve));
      port = (silent.address() as { port: number }).port;
    });
    afterEach(() => void silent.close());

    it('and says nothing is UNREACHABLE after connectTimeoutMs', async () => {
      const error = await refusal({ port, connectTimeoutMs: 50 });
      expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
      expect(error.message).toContain('50 ms');
      await until(() => sockets === 0);
    });

    it('and says nothing does not hold up who aborts, or closes', async () => {
      const caller = new AbortController();
      const db = await fixture.open({ port });
      const aborted = failure(run(db, 'SELECT 1', [], caller.signal));
      const waiting = failure(run(db, 'SELECT 1'));
      await until(() => sockets > 0);
      caller.abort();
      expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
      await db.close();
      expect(await waiting).toMatchObject({ code: 'CLOSED', outcome: 'not-applied' });
      await until(() => sockets === 0);
    });

    it('and hangs up is UNREACHABLE', async () => {
      silent.on('connection', (socket) => socket.destroy());
      expect(await refusal({ port })).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
    });
  });
});

it("libpq's environment variables change nothing", async () => {
  const hostile = {
    PGHOST: 'nobody.invalid',
    PGUSER: 'nobody',
    PGPASSWORD: 'wrong',
    PGDATABASE: 'nowhere',
    PGOPTIONS: '-c TimeZone=Asia/Tokyo',
    PGSSLMODE: 'disable',
    PGAPPNAME: 'other',
    PGSSLNEGOTIATION: 'direct',
  };
  Object.assign(process.env, hostile);
  try {
    const db = await fixture.open();
    expect((await run(db, `SELECT current_setting('TimeZone'), current_setting('application_name')`)).rows).toEqual([
      ['UTC', 'sqlport'],
    ]);
  } finally {
    for (const name of Object.keys(hostile)) delete process.env[name];
  }
});
