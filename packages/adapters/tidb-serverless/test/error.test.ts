import { failure } from '@sqlport/conformance/driver';
import { connect } from '@sqlport/core';
import { describe, expect, it } from 'vitest';
import { type Fetch, tidbServerless } from '../src/index.ts';

const config = { host: 'gateway01.example', user: 'u.root', password: 'p', database: 'd' };

/** What a call rejects with when this is how the request ends. */
async function failureOf(fetch: Fetch): Promise<ReturnType<typeof failure>> {
  await using db = connect(tidbServerless({ ...config, fetch }), { retry: false });
  return await failure(db.query('select 1'));
}

/** The same for an answer. */
const answered = (status: number, body: unknown, session = 'token') =>
  failureOf(
    async () =>
      new Response(typeof body === 'string' ? body : JSON.stringify(body), {
        status,
        headers: { 'TiDB-Session': session },
      }),
  );

const PREFIXED = 'rpc error: code = Unknown desc = Error 1146 (42S02): Table x does not exist';

describe('an error number', () => {
  it.each([
    ['in the message', 151100004, 'Error 1062 (23000): Duplicate entry', 1062, 'CONSTRAINT'],
    ['in the message, without a state', 151100004, 'Error 1146: Table x does not exist', 1146, 'SYNTAX'],
    ['in the message, behind the gateway’s words', 151100004, PREFIXED, 1146, 'SYNTAX'],
    ['in the code', 1062, "Duplicate entry '1' for key 't.PRIMARY'", 1062, 'CONSTRAINT'],
    ['in the code as a string', '9007', 'Write conflict', 9007, 'CONFLICT'],
    ['in both', '1213', 'Error 1213 (40001): Deadlock found', 1213, 'CONFLICT'],
    ['of TiDB', 1, 'Error 8028 (HY000): Information schema is changed', 8028, 'CONFLICT'],
    ['of serializable', 8048, 'The isolation level SERIALIZABLE is not supported', 8048, 'UNSUPPORTED'],
  ] as const)('%s is read', async (_, code, message, errno, expected) => {
    expect(await answered(400, { code, message })).toMatchObject({ code: expected, errno, outcome: 'not-applied' });
  });

  it.each([
    ['in data', 1644, "Error 1644 (45000): see 'Error 1062 (23000): x'", 1644],
    ['in another message', 1644, 'Error 1062 (23000): x', 1644],
    ['behind a quote', 151100004, "no 'Error 1062 (23000): x'", undefined],
  ] as const)('%s is none', async (_, code, message, errno) => {
    const error = await answered(400, { code, message });
    expect(error.code).toBe('DATABASE');
    expect(error.errno).toBe(errno);
  });

  it('comes with its state and its constraint', async () => {
    const message = "Error 1062 (23000): Duplicate entry 'canary' for key 't.unique_name'";
    const error = await answered(400, { code: 151100004, message });
    expect(error).toMatchObject({ sqlState: '23000', constraint: { kind: 'unique', table: 't', name: 'unique_name' } });
    expect(error.message).not.toContain('canary');
    expect(error.serverMessage).toContain('canary');
  });
});

it.each([8501, 9002, 9005])('error %s of the cluster leaves the outcome unknown', async (errno) => {
  expect(await answered(400, { code: errno, message: 'x' })).toMatchObject({ errno, outcome: 'unknown' });
});

it.each(['result exceeds 10000 rows', 'More than 10,000 rows', 'rows: 10001, at most 10000', 'row limit exceeded'])(
  'the gateway’s "%s" is RESULT_TOO_LARGE, applied',
  async (message) => {
    expect(await answered(400, { code: 1, message })).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'applied' });
    expect(await answered(429, { code: 1, message })).toMatchObject({ code: 'THROTTLED' });
  },
);

describe('a status', () => {
  it.each([
    [400, 'DATABASE', 'unknown'],
    [418, 'DATABASE', 'unknown'],
    [401, 'AUTH', 'not-applied'],
    [403, 'AUTH', 'not-applied'],
    [404, 'CONFIG', 'not-applied'],
    [408, 'TIMEOUT', 'unknown'],
    [413, 'DATA', 'not-applied'],
    [429, 'THROTTLED', 'not-applied'],
    [500, 'DATABASE', 'unknown'],
    [502, 'UNREACHABLE', 'unknown'],
    [503, 'UNREACHABLE', 'unknown'],
    [504, 'UNREACHABLE', 'unknown'],
    [301, 'CONFIG', 'not-applied'],
    [307, 'CONFIG', 'not-applied'],
  ])('%s is %s, %s, whatever comes with it', async (status, code, outcome) => {
    for (const body of ['', '<html>secret</html>', '[]', 'null', { code: 'x' }, { code: 7, message: 'secret' }]) {
      const error = await answered(status, body);
      expect(error).toMatchObject({ code, outcome, adapter: 'tidb-serverless' });
      expect(error.message).not.toContain('secret');
    }
  });
});

describe('an answer of status 200', () => {
  it.each([
    '',
    'OK',
    '<html></html>',
    '[]x',
    'null',
    '7',
    '{"types":7}',
    '{"types":[{"name":1}]}',
    '{"rows":{}}',
    '{"sLastInsertID":"x"}',
  ])('that is no reply (%s) leaves the outcome unknown', async (body) => {
    expect(await answered(200, body)).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
  });

  it('without a session leaves the outcome unknown', async () => {
    expect(await answered(200, {}, '')).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
  });

  it.each([
    { types: [{ name: 'a', type: 'INT' }], rows: [['1', '2']] },
    { types: [{ name: 'a', type: 'INT' }], rows: [[1]] },
    { types: [{ name: 'a', type: 'INT' }], rows: [null] },
    { types: [{ name: 'a', type: 'BLOB' }], rows: [['0g']] },
    { types: [{ name: 'a', type: 'BLOB' }], rows: [['0']] },
  ])('whose rows are not as they should be was applied: %j', async (body) => {
    expect(await answered(200, body)).toMatchObject({ code: 'DATABASE', outcome: 'applied' });
  });
});

describe('a fetch that rejects', () => {
  const rejecting = (cause: object) => failureOf(() => Promise.reject(new TypeError('fetch failed', { cause })));

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])(
    'with %s sent nothing',
    async (code) => {
      expect(await rejecting({ code })).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
    },
  );

  it.each(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])(
    'with %s sent nothing if that was met by connecting',
    async (code) => {
      const met = { code, syscall: 'connect' };
      expect(await rejecting(met)).toMatchObject({ outcome: 'not-applied' });
      expect(await rejecting({ code, errors: [met, met] })).toMatchObject({ outcome: 'not-applied' });
      expect(await rejecting({ code, syscall: 'read' })).toMatchObject({ outcome: 'unknown' });
    },
  );

  it.each([
    ['error sending request for url (https://x/): client error (Connect): dns error', 'not-applied'],
    ['error sending request for https://x/: client error (SendRequest): connection closed', 'unknown'],
  ])('without a code, as in Deno, says by its words whether anything was sent: %s', async (message, outcome) => {
    expect(await rejecting(new Error(message))).toMatchObject({ code: 'UNREACHABLE', outcome });
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', undefined])(
    'with %s may have sent everything',
    async (code) => {
      expect(await rejecting({ code })).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    },
  );

  it.each([
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('for the certificate (%s) is CONFIG', async (code) => {
    expect(await rejecting({ code })).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  });

  it.each([
    () => Promise.reject(undefined),
    () => Promise.reject('canary'),
    () => {
      throw new Error('canary');
    },
  ])('with anything else leaves the outcome unknown, and shows nothing of it', async (fetch) => {
    const error = await failureOf(fetch as Fetch);
    expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(error.message).not.toContain('canary');
  });
});

it('a fetch that does not obey its signal does not hold up the caller', async () => {
  const deaf: Fetch = () => new Promise(() => {});
  await using db = connect(tidbServerless({ ...config, fetch: deaf, requestTimeoutMs: 30 }), { retry: false });
  expect(await failure(db.query('select 1'))).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  const controller = new AbortController();
  const call = db.query('select 1', [], { signal: controller.signal });
  controller.abort();
  expect(await failure(call)).toMatchObject({ code: 'ABORTED' });
});
