import { failure } from '@sqlport/conformance/driver';
import { describe, expect, it } from 'vitest';
import { type CallOptions, type DataServiceConfig, dataService } from '../src/data-service/index.ts';

const config = { region: 'us-east-1', app: 'app', publicKey: 'PUBLIC', privateKey: 'canary-key' };

/** A client of a service that answers this, whatever is asked. */
function answering(status: number, body: unknown, change: Partial<DataServiceConfig> = {}, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return dataService({ ...config, fetch: async () => new Response(text, { status, headers }), ...change });
}

const failed = (status: number, body: unknown, options?: CallOptions) =>
  failure(answering(status, body).call('/x', {}, options));

const RESULT = { code: 200 };

it.each([
  '',
  'null',
  '7',
  [],
  {},
  { data: null },
  { data: 'text' },
  { data: { result: null } },
  { data: { result: 'ok' } },
  { data: { result: RESULT, rows: {} } },
  { data: { result: RESULT, columns: {} } },
  { data: { result: RESULT, columns: [null] } },
  { data: { result: RESULT, columns: [{ col: 1, data_type: 'INT' }] } },
  { data: { result: { code: 200, row_affect: 'x' } } },
  { data: { result: { code: 200, row_affect: -1 } } },
])('an answer of status 200 that is no result leaves the outcome unknown: %j', async (body) => {
  expect(await failed(200, body)).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
});

it('a result without rows and columns is one', async () => {
  expect(await answering(200, { data: { result: RESULT } }).call('/x')).toEqual({
    rows: [],
    columns: [],
    rowsAffected: 0,
  });
});

it.each([
  [400, 'DATA', 'not-applied'],
  [401, 'AUTH', 'not-applied'],
  [403, 'AUTH', 'not-applied'],
  [404, 'CONFIG', 'not-applied'],
  [405, 'CONFIG', 'not-applied'],
  [408, 'TIMEOUT', 'unknown'],
  [409, 'DATABASE', 'unknown'],
  [429, 'THROTTLED', 'not-applied'],
  [500, 'DATABASE', 'unknown'],
  [503, 'UNREACHABLE', 'unknown'],
  [302, 'CONFIG', 'not-applied'],
])('status %s is %s, %s, whatever comes with it', async (status, code, outcome) => {
  for (const body of ['', '<html>', 'null', '[]', { data: null }, { data: { result: 'x' } }, { code: 7 }]) {
    expect(await failed(status, body)).toMatchObject({ code, outcome });
  }
});

it('an SQL error is one under every status: the first statements of the endpoint may have run', async () => {
  for (const status of [200, 400, 500]) {
    const body = { data: { result: { code: 1062, message: "Duplicate entry '1' for key 't.PRIMARY'" } } };
    expect(await failed(status, body)).toMatchObject({ code: 'CONSTRAINT', errno: 1062, outcome: 'unknown' });
  }
});

it.each([undefined, null, {}])('a fetch that answers %s is UNREACHABLE', async (answer) => {
  const service = dataService({ ...config, fetch: async () => answer as never });
  expect(await failure(service.call('/x'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
});

describe('Digest', () => {
  const digest = (challenge: string) =>
    answering(401, {}, { auth: 'digest' }, { 'WWW-Authenticate': challenge }).call('/x');

  it.each([
    '',
    'Digest',
    'Basic realm="x"',
    'Digest realm="r", nonce="n", stale=true',
    `Digest ${'a=b,'.repeat(9_999)}`,
  ])('refused for good is AUTH (%.40s)', async (challenge) => {
    const error = await failure(digest(challenge));
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'not-applied' });
    expect(error.message + error.stack).not.toContain('canary');
  });

  it('asks at the most twice a call', async () => {
    let asked = 0;
    const fetch = async () => {
      asked += 1;
      return new Response('{}', { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' } });
    };
    const service = dataService({ ...config, auth: 'digest', fetch });
    await failure(service.call('/x'));
    expect(asked).toBe(2);
  });
});
