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
    ['no user', { user: undefined }, 'user'],
    ['plaintext with IAM', { tls: 'insecure-disabled' }, 'tls'],
    ['the name of another adapter', { adapter: 'iam-other' }, 'adapter'],
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

it('a URL may name the application', () => {
  expect(fromUrl('iam-pg://app@h/shop?applicationName=my%20app')).toEqual({
    adapter: 'iam-pg',
    host: 'h',
    user: 'app',
    database: 'shop',
    applicationName: 'my app',
  });
});

it('RDS Proxy is known by its name, or by what the configuration says', () => {
  const config = { user: 'app', database: 'shop' };
  const maxStatementBytes = (given: IamPgConfig) => iamPg(given).traits.maxStatementBytes;
  const name = 'shop.proxy-abc123.eu-west-1.rds.amazonaws.com';
  expect(maxStatementBytes({ ...config, host: name })).toBe(16_000);
  expect(maxStatementBytes({ ...config, host: 'alias', signingHost: name })).toBe(16_000);
  expect(maxStatementBytes({ ...config, host: 'alias', proxy: true })).toBe(16_000);
  expect(maxStatementBytes({ ...config, host: 'alias', readers: [{ host: name }] })).toBe(16_000);
  expect(maxStatementBytes({ ...config, host: name, proxy: false })).toBeUndefined();
});
