import { inspect } from 'node:util';
import { failure } from '@sqlport/conformance/driver';
import { connect as connectTo } from '@sqlport/core';
import { connect } from '@tidbcloud/serverless';
import { describe, expect, it } from 'vitest';
import { adapter, type Fetch, fromUrl, type TidbServerlessConfig, tidbServerless } from '../src/index.ts';

const config = {
  host: 'gateway01.ap-northeast-1.prod.aws.tidbcloud.com',
  user: 'prefix.root',
  password: 'p@ss:ключ',
  database: 'shop',
} as const;

const refusal = (given: unknown): unknown => {
  try {
    tidbServerless(given as TidbServerlessConfig);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('an adapter', () => {
  it('says what it can do', () => {
    expect(adapter).toBe(tidbServerless);
    expect(tidbServerless(config)).toMatchObject({
      specVersion: 1,
      name: 'tidb-serverless',
      traits: {
        dialect: 'mysql',
        transactions: true,
        isolationLevels: ['read committed', 'repeatable read'],
        streams: 'buffered',
        interleavedStreams: true,
        serverCancel: false,
        readers: false,
      },
    });
  });

  it.each([
    ['no host', { host: undefined }, 'host'],
    ['a host with a scheme', { host: 'https://gateway' }, 'host'],
    ['a host with a port', { host: 'gateway:4000' }, 'host'],
    ['a host with a path', { host: 'gateway/x' }, 'host'],
    ['a host with a user', { host: 'user@gateway' }, 'host'],
    ['a host with a question mark', { host: 'gateway?x' }, 'host'],
    ['a host with a line break', { host: 'gateway\n' }, 'host'],
    ['an IPv6 address', { host: '[::1]' }, 'host'],
    ['no user', { user: undefined }, 'user'],
    ['a user with a colon, which would end it', { user: 'a:b' }, 'user'],
    ['no password', { password: undefined }, 'password'],
    ['an empty password', { password: '' }, 'password'],
    ['no database', { database: undefined }, 'database'],
    ['a database that would end its header', { database: 'a\r\nb' }, 'database'],
    ['a fetch that is no function', { fetch: {} }, 'fetch'],
    ['a time that is none', { requestTimeoutMs: 0 }, 'requestTimeoutMs'],
    ['a port', { port: 4000 }, 'port'],
    ['the name of another adapter', { adapter: 'iam-pg' }, 'adapter'],
    ['a field that is misspelt', { databse: 'x' }, 'databse'],
    ['a server and a connection', { connection: connect(config) }, 'host'],
  ])('is refused %s, with a CONFIG error that names the field', (_, change, field) => {
    const error = refusal({ ...config, ...change });
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect((error as Error).message).toContain(field);
  });

  it('has a configuration whose mistakes are errors of the compiler', () => {
    // @ts-expect-error: host is missing
    const a: TidbServerlessConfig = { user: 'app', password: 'x', database: 'shop' };
    // @ts-expect-error: a misspelt field
    const b: TidbServerlessConfig = { ...config, databse: 'shop' };
    expect([a, b].map((each) => refusal(each))).not.toContain(undefined);
    const good: TidbServerlessConfig = { ...config, fetch };
    expect(refusal(good)).toBeUndefined();
  });
});

describe('a connection of the driver', () => {
  /** A `fetch` that remembers the first request and answers nothing. */
  const listening = () => {
    const requests: { url: string; headers: Record<string, string> }[] = [];
    const own: Fetch = async (url, { headers }) => {
      requests.push({ url, headers });
      return new Response('{}', { headers: { 'TiDB-Session': 'a' } });
    };
    return { own, requests };
  };

  it('is asked for host, login, database and fetch, and stays as it is', async () => {
    const { own, requests } = listening();
    const url = `mysql://prefix.root:${encodeURIComponent(config.password)}@${config.host}:4000/shop`;
    const connection = connect({ url, fetch: own as never });
    await using db = connectTo(tidbServerless({ connection }));
    await db.query('select 1');
    expect(requests).toHaveLength(1);
    const { url: sentTo, headers } = requests[0]!;
    expect(sentTo).toBe(`https://http-${config.host}/v1beta/sql`);
    expect(headers).toMatchObject({ 'TiDB-Database': 'shop', 'TiDB-Session': '' });
    const login = `prefix.root:${config.password}`;
    expect(headers['Authorization']).toBe(`Basic ${Buffer.from(login).toString('base64')}`);
  });

  it.each([
    [{ ...config, host: undefined, username: config.user }, 'host'],
    [{ ...config }, 'username'],
    [{ ...config, username: config.user, database: '' }, 'database'],
  ])('is refused where it is not complete', (given, field) => {
    const error = refusal({ connection: connect(given as never) });
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect((error as Error).message).toContain(field);
  });

  it('is refused where it is none', () => {
    expect(refusal({ connection: {} })).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('"connection"'),
    });
  });
});

it('the runtime may replace its fetch later', async () => {
  const before = globalThis.fetch;
  await using db = connectTo(tidbServerless(config), { retry: false });
  globalThis.fetch = async () => new Response('', { status: 403 });
  try {
    expect(await failure(db.query('select 1'))).toMatchObject({ code: 'AUTH' });
  } finally {
    globalThis.fetch = before;
  }
});

describe('a URL', () => {
  it('gives host, user, password, database and the time limit', () => {
    const url = 'tidb-serverless://prefix.root:p%40ss%3A+@Gateway01.example/shop?requestTimeoutMs=5000';
    expect(fromUrl(url)).toEqual({
      adapter: 'tidb-serverless',
      host: 'gateway01.example',
      user: 'prefix.root',
      password: 'p@ss:+',
      database: 'shop',
      requestTimeoutMs: 5000,
    });
  });

  it.each(['fetch', 'host', 'connection', 'password'])('cannot say %s', (key) => {
    expect(() => fromUrl(`tidb-serverless://u:p@h/d?${key}=x`)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });

  it.each([
    'tidb-serverless://u:canary@h',
    'tidb-serverless://u@h/canary',
    'tidb-serverless://u:canary@h:4000/d',
    'mysql://u:canary@h/d',
    'tidb-serverless://u:can@ary@h/d',
  ])('like %s is refused without being repeated', (url) => {
    const error = (() => {
      try {
        return fromUrl(url);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect(inspect(error) + JSON.stringify(error)).not.toContain('ary');
  });
});
