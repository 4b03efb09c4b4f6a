import { describe, expect, it } from 'vitest';
import { adapter, type DataApiClientConfig, type DataApiConfig, dataApi, fromUrl } from '../src/index.ts';

const resourceArn = 'arn:aws:rds:eu-west-1:123456789012:cluster:shop';
const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf';
const config: DataApiConfig = { engine: 'postgres', resourceArn, secretArn, database: 'shop' };
const client = { send: () => Promise.reject(), config: {} } as unknown as DataApiClientConfig['client'];

const refusal = (given: unknown): unknown => {
  try {
    dataApi(given as DataApiConfig);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('an adapter', () => {
  it.each([
    ['postgres', 'incremental', true],
    ['mysql', 'buffered', false],
  ] as const)('of %s says what it can do', (engine, streams, interleavedStreams) => {
    expect(adapter).toBe(dataApi);
    expect(dataApi({ ...config, engine })).toMatchObject({
      specVersion: 1,
      name: 'data-api',
      traits: { dialect: engine, transactions: true, streams, interleavedStreams, serverCancel: false, readers: false },
    });
  });

  it.each([
    ['no more than it needs', config],
    ['ARNs of other partitions', { ...config, resourceArn: resourceArn.replace('arn:aws', 'arn:aws-cn') }],
    ["the long ARN of RDS's own secret", { ...config, secretArn: `${secretArn}${'x'.repeat(120)}!rds` }],
    ['a client', { ...config, client }],
    ['an endpoint on this machine', { ...config, endpoint: 'http://127.0.0.1:8080/path' }],
    ['a provider of credentials', { ...config, credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }) }],
  ])('is made of %s', (_, given) => {
    expect(refusal(given)).toBeUndefined();
  });

  it.each([
    ['nothing', undefined, 'data-api'],
    ['no engine', { engine: undefined }, 'engine'],
    ['another engine', { engine: 'oracle' }, 'engine'],
    ['no cluster', { resourceArn: undefined }, 'resourceArn'],
    ["the cluster's name", { resourceArn: 'shop' }, 'resourceArn'],
    ['the secret in place of the cluster', { resourceArn: secretArn }, 'resourceArn'],
    ['the cluster in place of the secret', { secretArn: resourceArn }, 'secretArn'],
    ['no database', { database: '' }, 'database'],
    ['a database with a long name', { database: 'x'.repeat(65) }, 'database'],
    ['a region that is none', { region: 'eu-west-1.evil.example/' }, 'region'],
    ['no region at all', { resourceArn: 'arn:aws:rds:::cluster:shop' }, 'region'],
    ['a plaintext endpoint elsewhere', { endpoint: 'http://example.com' }, 'endpoint'],
    ['credentials that are a text', { credentials: 'key' }, 'credentials'],
    ['a time limit of nothing', { requestTimeoutMs: 0 }, 'requestTimeoutMs'],
    ['a time limit that is a text', { connectTimeoutMs: '5' }, 'connectTimeoutMs'],
    ['no request at a time', { max: 0 }, 'max'],
    ['an unknown way to go on', { continueAfterTimeout: true }, 'continueAfterTimeout'],
    ['the name of another adapter', { adapter: 'iam-pg' }, 'adapter'],
    ['a misspelt field', { resourceARN: resourceArn }, 'resourceARN'],
    ['a client that is none', { client: {} }, 'client'],
    ['a client and an endpoint', { client, endpoint: 'https://example.com' }, 'endpoint'],
  ])('is refused %s, with a CONFIG error that names the field', (_, change, field) => {
    const error = refusal(change && { ...config, ...change });
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect((error as Error).message).toContain(field);
  });

  it('has a configuration whose mistakes are errors of the compiler', () => {
    // @ts-expect-error: the engine is missing
    const a: DataApiConfig = { resourceArn, secretArn, database: 'shop' };
    // @ts-expect-error: a misspelt field
    const b: DataApiConfig = { ...config, databse: 'shop' };
    // @ts-expect-error: a client and an endpoint
    const c: DataApiConfig = { ...config, client, endpoint: 'https://example.com' };
    expect([a, b, c].map(refusal)).not.toContain(undefined);
  });
});

describe('a URL', () => {
  const query = `resourceArn=${resourceArn}&secretArn=${encodeURIComponent(secretArn)}`;

  it('is the same as a configuration', () => {
    const url = `data-api://postgres/shop?${query}&region=eu-west-2&profile=p&max=3&requestTimeoutMs=9&continueAfterTimeout=never`;
    const more = { region: 'eu-west-2', profile: 'p', max: 3, requestTimeoutMs: 9, continueAfterTimeout: 'never' };
    expect(fromUrl(url)).toEqual({ adapter: 'data-api', ...config, ...more });
    expect(refusal(fromUrl(url))).toBeUndefined();
  });

  it.each([
    ['a user', `data-api://canary@postgres/shop?${query}`, 'secretArn'],
    ['a user and a password', `data-api://u:canary@postgres/shop?${query}`, 'secretArn'],
    ['a port', `data-api://postgres:5432/shop?${query}&profile=canary`, 'engine'],
    ['another scheme', `iam-pg://postgres/shop?${query}&profile=canary`, 'data-api'],
    ['an unknown key', `data-api://postgres/shop?${query}&canary=1`, ''],
    ['a key that comes twice', `data-api://postgres/shop?${query}&profile=canary&profile=canary`, 'profile'],
    ['another engine', `data-api://canary/shop?${query}`, 'engine'],
    ['no database', `data-api://postgres?${query}&profile=canary`, 'database'],
    ['no secret', `data-api://postgres/shop?resourceArn=${resourceArn}&profile=canary`, 'secretArn'],
    ['a number that is none', `data-api://postgres/shop?${query}&max=canary`, 'max'],
    [
      'an endpoint that is not to be trusted',
      `data-api://postgres/shop?${query}&endpoint=http://canary.example`,
      'endpoint',
    ],
    ['a region that would be another host', `data-api://postgres/shop?${query}&region=canary.example%23`, 'region'],
  ])('with %s is a CONFIG error that says so, and repeats nothing of it', (_, url, field) => {
    let error: unknown;
    try {
      dataApi(fromUrl(url));
    } catch (reason) {
      error = reason;
    }
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect((error as Error).message).toContain(field);
    if (field !== '') expect(String(error)).not.toContain('canary');
  });
});
