import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { adapter, fromUrl, type IamPgConfig, iamPg } from '../src/index.ts';

const config: IamPgConfig = { host: 'db-1.abc.eu-west-1.rds.amazonaws.com', user: 'app', database: 'shop' };

const refusal = (given: unknown): unknown => {
  try {
    iamPg(given as IamPgConfig);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('an adapter', () => {
  it('says what it can do', () => {
    expect(adapter).toBe(iamPg);
    expect(iamPg(config)).toMatchObject({
      specVersion: 1,
      name: 'iam-pg',
      traits: {
        dialect: 'postgres',
        transactions: true,
        streams: 'incremental',
        interleavedStreams: true,
        serverCancel: true,
        readers: false,
      },
    });
  });

  it('needs nothing but host, user and database', () => {
    expect(refusal(config)).toBeUndefined();
  });

  it.each([
    ['no host', { host: undefined }, 'host'],
    ['an empty host', { host: '' }, 'host'],
    ['a host with a port', { host: 'h/d' }, 'host'],
    ['no database', { database: undefined }, 'database'],
    ['no user', { user: undefined }, 'user'],
    ['a port as text', { port: '5432' }, 'port'],
    ['a port out of range', { port: 70_000 }, 'port'],
    ['an unknown way to log in', { auth: 'password' }, 'auth'],
    ['an empty way to log in', { auth: {} }, 'auth'],
    ['a pool of no connections', { max: 0 }, 'max'],
    ['a time that is none', { connectTimeoutMs: -1 }, 'connectTimeoutMs'],
    ['a ca that is a path', { ca: './ca.pem' }, 'ca'],
    ['an unknown tls', { tls: false }, 'tls'],
    ['plaintext with IAM', { tls: 'insecure-disabled' }, 'tls'],
    ['the name of another adapter', { adapter: 'iam-mysql2' }, 'adapter'],
    ['a field that is misspelt', { databse: 'x' }, 'databse'],
    ['a server and a pool', { pool: { connect() {} } }, 'host'],
  ])('is refused %s, with a CONFIG error that names the field', (_, change, field) => {
    const error = refusal({ ...config, ...change });
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect((error as Error).message).toContain(field);
  });

  it('is refused a pool that is none', () => {
    expect(refusal({ pool: {} })).toMatchObject({ code: 'CONFIG', message: expect.stringContaining('"pool"') });
  });

  it('has a configuration whose mistakes are errors of the compiler', () => {
    // @ts-expect-error: host is missing
    const a: IamPgConfig = { user: 'app', database: 'shop' };
    // @ts-expect-error: a misspelt field
    const b: IamPgConfig = { ...config, databse: 'shop' };
    // @ts-expect-error: a server and a pool
    const c: IamPgConfig = { host: 'h', database: 'd', pool: { connect: () => Promise.reject() } };
    // @ts-expect-error: a password is an object
    const d: IamPgConfig = { host: 'h', database: 'd', auth: 'secret' };
    expect([a, b, c, d].map((each) => refusal(each))).not.toContain(undefined);
  });
});

describe('a URL', () => {
  it('gives host, port, user, database and options', () => {
    expect(fromUrl('iam-pg://app@DB.example:5433/shop?region=eu-west-1&max=3&applicationName=my%20app')).toEqual({
      adapter: 'iam-pg',
      host: 'db.example',
      port: 5433,
      user: 'app',
      database: 'shop',
      region: 'eu-west-1',
      max: 3,
      applicationName: 'my app',
    });
  });

  it('with a password logs in by it', () => {
    expect(fromUrl('iam-pg://app:p%40ss%2F%2B%3A@h/d')).toMatchObject({ auth: { password: 'p@ss/+:' } });
  });

  it('may name a secret', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:1:secret:x';
    expect(fromUrl(`iam-pg://h/d?secretArn=${arn}`)).toEqual({
      adapter: 'iam-pg',
      host: 'h',
      database: 'd',
      auth: { secretArn: arn },
    });
  });

  it.each(['ca', 'tls', 'signingHost', 'credentials', 'auth', 'host', 'pool'])('cannot say %s', (key) => {
    expect(() => fromUrl(`iam-pg://u@h/d?${key}=x`)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });

  it.each(['iam-pg://u@h', 'iam-pg://u:p@h/d?secretArn=x', 'postgres://u@h/d', 'iam-pg://u:can@ary@h/d'])(
    'like %s is refused without being repeated',
    (url) => {
      const error = (() => {
        try {
          return fromUrl(url);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toMatchObject({ code: 'CONFIG' });
      expect(inspect(error) + JSON.stringify(error)).not.toContain('ary');
    },
  );
});

it('RDS Proxy, which refuses what this adapter sets, is refused at once', () => {
  const host = 'shop.proxy-abc123.eu-west-1.rds.amazonaws.com';
  expect(() => iamPg({ host, user: 'app', database: 'shop' })).toThrow(/RDS Proxy is not supported yet/);
});
