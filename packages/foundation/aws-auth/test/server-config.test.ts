import { check } from '@sqlport/core/spi';
import { describe, expect, it } from 'vitest';
import { checkServerOrPool, readerConfigs, type ServerConfig, serverFromUrl, serverSettings } from '../src/index.ts';
import { CANARY, failure } from './failure.ts';

const config = { host: 'db-1.abc.eu-west-1.rds.amazonaws.com', user: 'app', database: 'shop' };
const own = {
  pool: (value: unknown) => (typeof value === 'function' ? undefined : 'a function'),
  server: { colour: check.optional(check.text) },
};
const checked = (given: unknown) => () => checkServerOrPool(given, 'tcp', own);

describe('the configuration of a server', () => {
  it.each([
    config,
    { ...config, adapter: 'tcp', colour: 'red', pool: undefined, port: 1, auth: { secretArn: 'arn', region: 'r' } },
    { ...config, auth: { password: CANARY, user: 'u' }, ca: ['-----BEGIN CERTIFICATE-----'], tls: 'verify' },
    { ...config, credentials: { accessKeyId: 'a', secretAccessKey: 'b', accountId: 'c' } },
    { ...config, proxy: true, readers: [], readerFallback: 'none' },
    { ...config, readers: [{ host: 'r', port: 1, signingHost: 's', proxy: false }, { host: 'q' }] },
  ])('may be %o', (given) => {
    expect(checked(given)).not.toThrow();
  });

  it.each([
    ['no host', { host: undefined }, 'host'],
    ['an empty host', { host: '' }, 'host'],
    ['a host with a port', { host: 'h/d' }, 'host'],
    ['no database', { database: undefined }, 'database'],
    ['a port as text', { port: '5432' }, 'port'],
    ['a port out of range', { port: 70_000 }, 'port'],
    ['an unknown way to log in', { auth: 'password' }, 'auth'],
    ['an empty way to log in', { auth: {} }, 'auth'],
    ['a way to log in with a field too many', { auth: { password: CANARY, passwort: CANARY } }, 'auth'],
    ['credentials without a secret', { credentials: { accessKeyId: 'a' } }, 'credentials'],
    ['a proxy that is neither true nor false', { proxy: 'yes' }, 'proxy'],
    ['a reader that is not in an array', { readers: { host: 'r' } }, 'readers'],
    ['a reader without a host', { readers: [{ port: 1 }] }, 'readers'],
    ['a reader with a wrong port', { readers: [{ host: 'r', port: 0 }] }, 'readers'],
    ['a reader with a field too many', { readers: [{ host: 'r', user: 'x' }] }, 'readers'],
    ['a fallback that is none', { readerFallback: 'reader' }, 'readerFallback'],
    ['a pool of no connections', { max: 0 }, 'max'],
    ['a time that is none', { connectTimeoutMs: -1 }, 'connectTimeoutMs'],
    ['a ca that is a path', { ca: './ca.pem' }, 'ca'],
    ['an unknown tls', { tls: false }, 'tls'],
    ['the name of another adapter', { adapter: 'udp' }, 'adapter'],
    ['a field that is misspelt', { databse: CANARY }, 'databse'],
    ['a wrong field of the adapter', { colour: 5 }, 'colour'],
    ['a pool beside it', { pool: () => {} }, 'host'],
  ])('is refused with %s, by a CONFIG error that names the field', async (_, change, field) => {
    const error = await failure(checked({ ...config, ...change }));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain(field);
  });

  it.each([undefined, null, 5, 'text', []])('is refused where it is %o', async (given) => {
    expect((await failure(checked(given))).code).toBe('CONFIG');
  });
});

describe('a reader', () => {
  const target = (given: ServerConfig) => {
    const { host, port, target, proxy } = serverSettings(given, 5432);
    return { host, port, target, proxy };
  };

  it('is a server with everything of the writer but its place', () => {
    const given: ServerConfig = {
      ...config,
      port: 7,
      signingHost: 'w.abc.eu-west-1.rds.amazonaws.com',
      proxy: true,
      max: 3,
      readers: [{ host: 'r' }, { host: 'q', port: 8, signingHost: 'q.proxy-abc.eu-west-1.rds.amazonaws.com' }],
    };
    const [one, two] = readerConfigs(given);
    expect(target(one!)).toEqual({ host: 'r', port: 7, target: { host: 'r', port: 7 }, proxy: false });
    expect(target(two!)).toEqual({
      host: 'q',
      port: 8,
      target: { host: 'q.proxy-abc.eu-west-1.rds.amazonaws.com', port: 8 },
      proxy: true,
    });
    expect(one).toMatchObject({ user: 'app', database: 'shop', max: 3 });
  });
});

describe("a user's own pool", () => {
  it('needs nothing beside it', () => {
    expect(checked({ pool: () => {} })).not.toThrow();
    expect(checked({ adapter: 'tcp', pool: () => {}, acquireTimeoutMs: 5 })).not.toThrow();
  });

  it.each([
    ['what is none', { pool: {} }, '"pool"'],
    ['null', { pool: null }, '"pool"'],
    ['a time that is none', { pool: () => {}, acquireTimeoutMs: 0 }, 'acquireTimeoutMs'],
    ['a field of a server', { pool: () => {}, colour: 'red' }, 'colour'],
  ])('is refused with %s', async (_, given, field) => {
    const error = await failure(checked(given));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain(field);
  });
});

describe('a URL', () => {
  const read = (url: string) => serverFromUrl(url, 'tcp', { colour: 'text' });

  it('gives host, port, user, database and options', () => {
    expect(read('tcp://app@DB.example:5433/shop?region=eu-west-1&max=3&colour=dark%20red')).toEqual({
      host: 'db.example',
      port: 5433,
      user: 'app',
      database: 'shop',
      region: 'eu-west-1',
      max: 3,
      colour: 'dark red',
    });
  });

  it('with a password logs in by it', () => {
    expect(read('tcp://app:p%40ss%2F%2B%3A@h/d')).toMatchObject({ auth: { password: 'p@ss/+:' } });
  });

  it('may name readers', () => {
    expect(read('tcp://u@h/d?readers=R-1.example:5433,r-2.example&readerFallback=none')).toEqual({
      host: 'h',
      user: 'u',
      database: 'd',
      readers: [{ host: 'r-1.example', port: 5433 }, { host: 'r-2.example' }],
      readerFallback: 'none',
    });
  });

  it.each(['', ',', 'r,', 'r:70000', 'r/x', 'u@r'])('with the readers "%s" makes no configuration', async (readers) => {
    const given = read(`tcp://u@h/d?readers=${encodeURIComponent(readers)}`);
    expect((await failure(checked(given))).message).toContain('readers');
  });

  it('may name a secret', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:1:secret:x';
    expect(read(`tcp://h/d?secretArn=${arn}`)).toEqual({ host: 'h', database: 'd', auth: { secretArn: arn } });
  });

  it.each(['ca', 'tls', 'signingHost', 'proxy', 'credentials', 'auth', 'host', 'pool'])(
    'cannot say %s',
    async (key) => {
      expect((await failure(() => read(`tcp://u@h/d?${key}=x`))).code).toBe('CONFIG');
    },
  );

  const secret = encodeURIComponent(CANARY);
  it.each([
    'tcp://u@h',
    `tcp://u:${secret}@h`,
    `tcp://u:${secret}@h/d?secretArn=x`,
    `udp://u:${secret}@h/d`,
    `tcp://u:${CANARY}@h/d`,
  ])('like %s is refused without being repeated', async (url) => {
    expect((await failure(() => read(url))).code).toBe('CONFIG');
  });
});
