import { ConnectorError, interrupted } from '@sqlport/core/spi';
import { expect, test } from 'vitest';
import { type AwsCredentials, type CredentialsRequest, type Login, logIn, loginSource } from '../src/index.ts';
import { CANARY, failure } from './failure.ts';
import { readToken } from './sigv4.ts';

const target = { host: 'shop.cluster-abc123xyz.ap-northeast-1.rds.amazonaws.com', port: 5432 };
const never = new AbortController().signal;
const settings = { target, connectTimeoutMs: 5_000 };
const refusal = () => new ConnectorError('AUTH', 'no');

/** A provider with a cache of its own, which only `forceRefresh` passes by; counts the keys it has made. */
function cachingProvider() {
  const asked: (boolean | undefined)[] = [];
  let made = 0;
  const provider = async (request?: CredentialsRequest): Promise<AwsCredentials> => {
    asked.push(request?.forceRefresh);
    if (made === 0 || request?.forceRefresh) made++;
    const expiration = new Date(Date.now() + 3_600_000);
    return { accessKeyId: `AKIA${made}`, secretAccessKey: CANARY, expiration };
  };
  return { provider, asked };
}

const keyOf = ({ password }: Login) => readToken(password, CANARY).query.get('X-Amz-Credential')?.split('/')[0];

test("a refused login is tried once more, with credentials that do not come out of the provider's own cache", async () => {
  const { provider, asked } = cachingProvider();
  const logins = loginSource({ user: 'app', credentials: provider });
  const tried: (string | undefined)[] = [];
  const open = async (login: Login) => {
    tried.push(keyOf(login));
    if (tried.length === 1) throw refusal();
    return 'connected';
  };
  expect(await logIn(logins, settings, never, open)).toBe('connected');
  expect(tried).toEqual(['AKIA1', 'AKIA2']);
  expect(asked).toEqual([undefined, true]);
  expect(keyOf(await logins.get(target))).toBe('AKIA2');
  expect(asked).toHaveLength(2);
});

test('a login that is refused twice is the error', async () => {
  const logins = loginSource({ user: 'app', credentials: cachingProvider().provider });
  let tries = 0;
  const error = await failure(() =>
    logIn(logins, settings, never, async () => {
      tries++;
      throw refusal();
    }),
  );
  expect([error.code, tries]).toEqual(['AUTH', 2]);
});

test.each([
  ['a plain password that is refused', { user: 'app', password: CANARY }, refusal()],
  ['a server that cannot be reached', 'iam', new ConnectorError('UNREACHABLE', 'gone')],
] as const)('%s is not tried again', async (_, auth, thrown) => {
  const logins = loginSource({ user: 'app', auth, credentials: cachingProvider().provider });
  let tries = 0;
  const error = await failure(() =>
    logIn(logins, settings, never, async () => {
      tries++;
      throw thrown;
    }),
  );
  expect(error).toBe(thrown);
  expect(tries).toBe(1);
});

test('all of it has one limit of time, and ends with the signal', async () => {
  const logins = loginSource({ user: 'app', auth: { password: CANARY } });
  const open = (_: Login, limit: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      limit.addEventListener('abort', () => reject(interrupted(limit, 'not-applied')));
    });
  const late = await failure(() => logIn(logins, { target, connectTimeoutMs: 10 }, never, open));
  expect(late.code).toBe('UNREACHABLE');
  expect(late.message).toContain('within 10 ms');
  const caller = new AbortController();
  const aborted = failure(() => logIn(logins, settings, caller.signal, open));
  setTimeout(() => caller.abort(), 1);
  expect((await aborted).code).toBe('ABORTED');
});
