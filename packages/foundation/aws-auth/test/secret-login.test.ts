import { afterEach, expect, test, vi } from 'vitest';
import { type LoginOptions, loginSource } from '../src/index.ts';
import { CANARY, failure } from './failure.ts';
import { type Answer, startSecretsManager } from './secrets-manager-server.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf';
const target = { host: 'db-1.abc123xyz.us-east-1.rds.amazonaws.com', port: 3306 };
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: CANARY };

function holding(fields: unknown): Answer {
  return [200, { ARN: secretArn, Name: 'shop', SecretString: JSON.stringify(fields) }];
}

function source(endpoint: string, options: Partial<LoginOptions> = {}) {
  return loginSource({ auth: { secretArn, endpoint }, credentials, ...options });
}

afterEach(() => vi.restoreAllMocks());

test('user and password come from the secret, which is read once, in the region of its ARN', async () => {
  await using server = await startSecretsManager(holding({ username: 'app', password: CANARY, engine: 'mysql' }));
  const logins = source(server.endpoint, { user: 'somebody_else' });
  const [one, two] = await Promise.all([logins.get(target), logins.get(target)]);
  expect(one).toEqual({ user: 'app', password: CANARY });
  expect(two).toBe(one);
  expect(await logins.get({ host: 'another', port: 1 })).toBe(one);
  expect(server.asked).toEqual([secretArn]);
});

test('a rotation heals, alternating users included: the secret is read once more after a refusal, with jitter', async () => {
  await using server = await startSecretsManager(holding({ username: 'app', password: 'old' }));
  const logins = source(server.endpoint);
  const old = await logins.get(target);
  server.answer = holding({ username: 'app_clone', password: CANARY });
  const jitter = vi.spyOn(Math, 'random').mockReturnValue(0.02);
  const refusals = [logins.refused(target, old), logins.refused(target, old)];
  expect(refusals).toEqual([true, true]);
  const [one, two] = await Promise.all([logins.get(target), logins.get(target)]);
  expect(one).toEqual({ user: 'app_clone', password: CANARY });
  expect(two).toBe(one);
  expect(jitter).toHaveBeenCalled();
  logins.refused(target, old);
  expect(await logins.get(target)).toBe(one);
  expect(server.asked).toHaveLength(2);
});

test('an aborted caller leaves the others their answer', async () => {
  const answer = Promise.withResolvers<Answer>();
  await using server = await startSecretsManager(answer.promise);
  const logins = source(server.endpoint);
  const abort = new AbortController();
  const aborted = failure(() => logins.get(target, abort.signal));
  const other = logins.get(target);
  abort.abort();
  expect((await aborted).code).toBe('ABORTED');
  answer.resolve(holding({ username: 'app', password: 'x' }));
  expect((await other).user).toBe('app');
});

test('a secret without a user name takes the option user', async () => {
  await using server = await startSecretsManager(holding({ password: 'x' }));
  expect((await source(server.endpoint, { user: 'app' }).get(target)).user).toBe('app');
  expect((await failure(() => source(server.endpoint).get(target))).code).toBe('CONFIG');
});

test.each([
  ['no JSON', CANARY],
  ['half of a JSON text', `{"username":"app","password":"${CANARY}`],
  ['a JSON string', JSON.stringify(CANARY)],
  ['null', 'null'],
  ['no password', JSON.stringify({ username: 'app', passwort: CANARY })],
  ['a password that is no string', JSON.stringify({ username: 'app', password: [CANARY] })],
  ['a user name that is no string', JSON.stringify({ username: { [CANARY]: 1 }, password: 'x' })],
  ['binary', undefined],
])('a secret with %s is a CONFIG error that shows nothing of it', async (_what, SecretString) => {
  await using server = await startSecretsManager([200, { SecretString }]);
  const error = await failure(() => source(server.endpoint).get(target));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('"username" and "password"');
});

test.each([
  ['AccessDeniedException', 400, 'PERMISSION', 'secretsmanager:GetSecretValue'],
  ['DecryptionFailure', 400, 'PERMISSION', 'kms:Decrypt'],
  ['ResourceNotFoundException', 400, 'AUTH', 'does not exist'],
  ['InvalidRequestException', 400, 'AUTH', 'to be deleted'],
  ['UnrecognizedClientException', 400, 'AUTH', 'refused the AWS credentials'],
  ['ExpiredTokenException', 400, 'AUTH', 'refused the AWS credentials'],
  ['ThrottlingException', 400, 'THROTTLED', 'throttled'],
  ['InternalServiceError', 500, 'UNREACHABLE', 'could not be reached'],
])('%s is %s %s: %s', async (type, status, code, says) => {
  await using server = await startSecretsManager([status, { __type: type, Message: `about ${CANARY}` }]);
  const error = await failure(() => source(server.endpoint).get(target));
  expect(error.code).toBe(code);
  expect(error.message).toContain(says);
});

test('a Secrets Manager that is not there is UNREACHABLE', async () => {
  const server = await startSecretsManager(holding({}));
  await server[Symbol.asyncDispose]();
  const error = await failure(() => source(server.endpoint).get(target));
  expect(error.code).toBe('UNREACHABLE');
  expect(error.retryable).toBe(true);
});

test('credentials that fail say so themselves', async () => {
  await using server = await startSecretsManager(holding({}));
  const failing = source(server.endpoint, { credentials: () => Promise.reject(new Error(CANARY)) });
  const error = await failure(() => failing.get(target));
  expect(error.code).toBe('AUTH');
  expect(error.message).toContain('No AWS credentials');
  expect(server.asked).toEqual([]);
});

test('a secret is never fetched in plaintext from another machine', async () => {
  for (const endpoint of ['http://secrets.example.com', 'ftp://127.0.0.1', CANARY]) {
    expect((await failure(() => source(endpoint))).code).toBe('CONFIG');
  }
});

test('a name instead of an ARN needs a region', async () => {
  const error = await failure(() => loginSource({ auth: { secretArn: 'shop' }, credentials }));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('region');
  expect(() => loginSource({ auth: { secretArn: 'shop', region: 'eu-west-1' }, credentials })).not.toThrow();
});
