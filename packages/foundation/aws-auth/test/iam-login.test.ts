import { expect, test } from 'vitest';
import { type AwsCredentials, type CredentialsRequest, type LoginOptions, loginSource } from '../src/index.ts';
import { CANARY, failure } from './failure.ts';
import { readToken } from './sigv4.ts';

const MINUTE = 60_000;
const host = 'shop.cluster-abc123xyz.ap-northeast-1.rds.amazonaws.com';
const target = { host, port: 5432 };
const keys: AwsCredentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: CANARY };

/** A clock that is set by hand; it starts at the real time, which the signature is made with. */
function handClock() {
  let now = Date.now();
  const clock = () => now;
  const pass = (ms: number) => {
    now += ms;
  };
  return Object.assign(clock, { pass });
}

function iam(options: Partial<LoginOptions> = {}) {
  return loginSource({ user: 'app', credentials: keys, ...options });
}

test('the token is signed for endpoint, user and region, as AWS checks it', async () => {
  const user = 'app+reader@x y';
  const login = await iam({ user, credentials: { ...keys, sessionToken: 'session/+=' } }).get(target);
  expect(login.user).toBe(user);
  const token = readToken(login.password, keys.secretAccessKey);
  expect(token.host).toBe(`${host}:5432`);
  expect(token.query.get('Action')).toBe('connect');
  expect(token.query.get('DBUser')).toBe(user);
  expect(token.query.get('X-Amz-Credential')).toMatch(/^AKIAEXAMPLE\/\d{8}\/ap-northeast-1\/rds-db\/aws4_request$/);
  expect(token.query.get('X-Amz-Security-Token')).toBe('session/+=');
  expect(token.query.get('X-Amz-Expires')).toBe('900');
  expect(token.query.get('X-Amz-Signature')).toBe(token.expectedSignature);
});

test('the option region wins over the one in the host name, and serves names without one', async () => {
  const regionIn = async (name: string) => {
    const { password } = await iam({ region: 'eu-west-3' }).get({ host: name, port: 3306 });
    return readToken(password, CANARY).query.get('X-Amz-Credential')?.split('/')[2];
  };
  expect(await regionIn(host)).toBe('eu-west-3');
  expect(await regionIn('localhost')).toBe('eu-west-3');
});

test('upper case and a trailing dot in the host name do not get into the signature', async () => {
  const { password } = await iam().get({ host: `${host.toUpperCase()}.`, port: 5432 });
  expect(readToken(password, CANARY).host).toBe(`${host}:5432`);
});

test('a host name without a region is a CONFIG error that names the options', async () => {
  const error = await failure(() => iam().get({ host: 'db.example.com', port: 5432 }));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('signingHost');
  expect(error.message).toContain('region');
});

test('a missing user is a CONFIG error at once', async () => {
  for (const auth of ['iam', { password: CANARY }] as const) {
    const error = await failure(() => loginSource({ auth, credentials: keys }));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain('`user`');
  }
});

test('a token serves until two minutes before its end', async () => {
  const clock = handClock();
  const source = iam({ clock });
  const first = await source.get(target);
  clock.pass(13 * MINUTE - 1);
  expect(await source.get(target)).toBe(first);
  clock.pass(1);
  expect(await source.get(target)).not.toBe(first);
});

test('a clock that was set back renews the token', async () => {
  const clock = handClock();
  const source = iam({ clock });
  const first = await source.get(target);
  clock.pass(-60 * MINUTE);
  expect(await source.get(target)).not.toBe(first);
});

test('writer and reader, and two ports, have a token each', async () => {
  const source = iam();
  const writer = await source.get(target);
  const reader = await source.get({ host: host.replace('cluster-', 'cluster-ro-'), port: 5432 });
  const other = await source.get({ host, port: 5433 });
  expect(new Set([writer.password, reader.password, other.password]).size).toBe(3);
  expect(await source.get(target)).toBe(writer);
});

test('a token never outlives its credentials', async () => {
  const clock = handClock();
  let asked = 0;
  const credentials = () => {
    asked += 1;
    const life = asked === 1 ? 8 * MINUTE : 60 * MINUTE;
    return Promise.resolve({ ...keys, accessKeyId: `ASIA${asked}`, expiration: new Date(clock() + life) });
  };
  const source = iam({ clock, credentials });
  const first = await source.get(target);
  clock.pass(3 * MINUTE - 1);
  expect(await source.get(target)).toBe(first);
  clock.pass(1);
  const second = await source.get(target);
  expect(readToken(second.password, CANARY).query.get('X-Amz-Credential')).toContain('ASIA2/');
  expect(asked).toBe(2);
});

test('credentials about to expire which cannot be refreshed serve to their end, and sign no token that is kept', async () => {
  const clock = handClock();
  const expiration = new Date(clock() + MINUTE);
  const refusing = (request?: CredentialsRequest) =>
    request?.forceRefresh ? Promise.reject(new Error(CANARY)) : Promise.resolve({ ...keys, expiration });
  const source = iam({ clock, credentials: refusing });
  const first = await source.get(target);
  expect(await source.get(target)).not.toBe(first);
  clock.pass(MINUTE);
  expect((await failure(() => source.get(target))).code).toBe('AUTH');
});

test('a provider is asked to refresh what is about to expire, in the region of the database', async () => {
  const requests: (readonly [string | undefined, boolean | undefined])[] = [];
  const credentials = async (request?: CredentialsRequest) => {
    requests.push([await request?.callerClientConfig?.region(), request?.forceRefresh]);
    const life = request?.forceRefresh ? 60 * MINUTE : 4 * MINUTE;
    return { ...keys, expiration: new Date(Date.now() + life) };
  };
  const source = iam({ credentials });
  expect(await source.get(target)).toBe(await source.get(target));
  expect(requests).toEqual([
    ['ap-northeast-1', undefined],
    ['ap-northeast-1', true],
  ]);
});

test('another access key signs anew', async () => {
  let accessKeyId = 'AKIAONE';
  const source = iam({ credentials: () => Promise.resolve({ ...keys, accessKeyId }) });
  const one = await source.get(target);
  expect(await source.get(target)).toBe(one);
  accessKeyId = 'AKIATWO';
  const two = await source.get(target);
  expect(readToken(two.password, CANARY).query.get('X-Amz-Credential')).toContain('AKIATWO/');
});

test('callers at the same time share one request for credentials and one token; an abort disturbs none of them', async () => {
  let asked = 0;
  const answer = Promise.withResolvers<AwsCredentials>();
  const source = iam({
    credentials: () => {
      asked += 1;
      return answer.promise;
    },
  });
  const abort = new AbortController();
  const first = failure(() => source.get(target, abort.signal));
  const others = [source.get(target), source.get(target, new AbortController().signal)];
  abort.abort();
  expect((await first).code).toBe('ABORTED');
  answer.resolve({ ...keys, expiration: new Date(Date.now() + 60 * MINUTE) });
  const [second, third] = await Promise.all(others);
  expect(second).toBe(third);
  expect(asked).toBe(1);
});

test('a signal that is aborted already asks nothing', async () => {
  let asked = 0;
  const source = iam({ credentials: () => Promise.resolve(keys).finally(() => (asked += 1)) });
  expect((await failure(() => source.get(target, AbortSignal.abort()))).code).toBe('ABORTED');
  expect(asked).toBe(0);
});

test('a request that hung while the process was frozen is not joined, and what it answers late is not kept', async () => {
  const clock = handClock();
  const late = Promise.withResolvers<AwsCredentials>();
  const lasting = (accessKeyId: string) => ({ ...keys, accessKeyId, expiration: new Date(clock() + 60 * MINUTE) });
  let asked = 0;
  const source = iam({
    clock,
    credentials: () => (asked++ === 0 ? late.promise : Promise.resolve(lasting('ASIANEW'))),
  });
  const hung = source.get(target);
  clock.pass(30_000);
  const fresh = await source.get(target);
  late.resolve(lasting('ASIALATE'));
  expect(readToken((await hung).password, CANARY).query.get('X-Amz-Credential')).toContain('ASIALATE/');
  const next = await source.get(target);
  for (const { password } of [fresh, next]) {
    expect(readToken(password, CANARY).query.get('X-Amz-Credential')).toContain('ASIANEW/');
  }
  expect(asked).toBe(2);
});

test('a refused token is not given again; a newer one is not dropped for the sake of an older one', async () => {
  const clock = handClock();
  const source = iam({ clock });
  const first = await source.get(target);
  expect(source.refused(target, first)).toBe(true);
  const second = await source.get(target);
  expect(second).not.toBe(first);
  expect(source.refused(target, first)).toBe(true);
  expect(await source.get(target)).toBe(second);
});

test('after a refusal the provider is asked again', async () => {
  let asked = 0;
  const source = iam({
    credentials: () => {
      asked += 1;
      return Promise.resolve({ ...keys, expiration: new Date(Date.now() + 60 * MINUTE) });
    },
  });
  source.refused(target, await source.get(target));
  await source.get(target);
  expect(asked).toBe(2);
});

test('a failure is not kept', async () => {
  let asked = 0;
  const source = iam({
    credentials: () => (asked++ === 0 ? Promise.reject(new Error(`no luck: ${CANARY}`)) : Promise.resolve(keys)),
  });
  expect((await failure(() => source.get(target))).code).toBe('AUTH');
  expect((await source.get(target)).user).toBe('app');
});

test.each([
  ['UNREACHABLE', { name: 'Error', code: 'ECONNREFUSED' }],
  ['UNREACHABLE', { name: 'Error', code: 'ENOTFOUND' }],
  ['UNREACHABLE', { name: 'TimeoutError' }],
  ['UNREACHABLE', { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } }],
  ['THROTTLED', { name: 'Throttling', $metadata: { httpStatusCode: 400 } }],
  ['PERMISSION', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }],
  ['AUTH', { name: 'ExpiredTokenException', $metadata: { httpStatusCode: 400 } }],
  ['AUTH', { name: 'CredentialsProviderError' }],
])('%s is what a provider that fails with %o means', async (code, fields) => {
  const source = iam({ credentials: () => Promise.reject(Object.assign(new Error(CANARY), fields)) });
  expect((await failure(() => source.get(target))).code).toBe(code);
});

test('expired credentials are an AUTH error that says so, and nothing is signed with them', async () => {
  const credentials = { ...keys, expiration: new Date(Date.now() - 1) };
  const error = await failure(() => iam({ credentials }).get(target));
  expect(error.code).toBe('AUTH');
  expect(error.message).toContain('expired');
});

test('incomplete credentials are an AUTH error', async () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE' } as AwsCredentials;
  expect((await failure(() => iam({ credentials }).get(target))).code).toBe('AUTH');
});

test('a plain password is given as it is, and a refusal is final', async () => {
  const source = loginSource({ auth: { password: CANARY }, user: 'app' });
  const login = await source.get(target);
  expect(login).toEqual({ user: 'app', password: CANARY });
  expect(source.refused(target, login)).toBe(false);
});

test.each(['IAM', {}, { password: 7 }, { secretArn: 7 }, null])('auth %o is a CONFIG error', async (auth) => {
  const error = await failure(() => loginSource({ auth: auth as never, user: 'app' }));
  expect(error.code).toBe('CONFIG');
});
