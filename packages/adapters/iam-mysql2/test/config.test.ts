import { describe, expect, it } from 'vitest';
import { adapter, fromUrl, type IamMysql2Config, iamMysql2 } from '../src/index.ts';

const config: IamMysql2Config = { host: 'db-1.abc.eu-west-1.rds.amazonaws.com', user: 'app', database: 'shop' };

const refusal = (given: unknown): unknown => {
  try {
    iamMysql2(given as IamMysql2Config);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('an adapter', () => {
  it('says what it can do', () => {
    expect(adapter).toBe(iamMysql2);
    expect(iamMysql2(config)).toMatchObject({
      specVersion: 1,
      name: 'iam-mysql2',
      traits: {
        dialect: 'mysql',
        transactions: true,
        streams: 'incremental',
        interleavedStreams: false,
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
    ['a server and a pool', { pool: { getConnection() {} } }, 'host'],
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
    const a: IamMysql2Config = { user: 'app', database: 'shop' };
    // @ts-expect-error: a misspelt field
    const b: IamMysql2Config = { ...config, databse: 'shop' };
    // @ts-expect-error: a server and a pool
    const c: IamMysql2Config = { host: 'h', database: 'd', pool: { getConnection: () => Promise.reject() } };
    // @ts-expect-error: a password is an object
    const d: IamMysql2Config = { host: 'h', database: 'd', auth: 'secret' };
    expect([a, b, c, d].map((each) => refusal(each))).not.toContain(undefined);
  });
});

it('a URL is of this adapter', () => {
  expect(fromUrl('iam-mysql2://app@h/shop?max=3')).toEqual({
    adapter: 'iam-mysql2',
    host: 'h',
    user: 'app',
    database: 'shop',
    max: 3,
  });
});
