import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsServer } from './aws-server.ts';
import { doctor, expectFailure } from './doctor.ts';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start({ mysql: false });
});
afterAll(() => fixture.stop());

test('doctor says who the credentials are', async () => {
  await using sts = await awsServer({
    GetCallerIdentity: '<Arn>arn:aws:sts::123456789012:assumed-role/app/session</Arn><Account>123456789012</Account>',
  });
  const { checks } = await doctor(fixture, fixture.url('iam-pg'), [], { AWS_ENDPOINT_URL_STS: sts.url });
  expect(checks.find(({ name }) => name === 'identity')).toMatchObject({
    status: 'ok',
    detail: 'arn:aws:sts::123456789012:assumed-role/app/session (account 123456789012)',
  });
});

test.each([
  ['ExpiredToken', /session has expired/],
  ['SignatureDoesNotMatch', /secret access key does not belong/],
  ['InvalidClientTokenId', /does not exist or is inactive/],
])('doctor advises where AWS refuses the credentials: %s', async (code, cure) => {
  await using sts = await awsServer({ GetCallerIdentity: { status: 403, code } });
  const { failed } = await doctor(fixture, fixture.url('iam-pg'), [], { AWS_ENDPOINT_URL_STS: sts.url });
  expectFailure(failed, 'identity', new RegExp(code), cure);
});

test('doctor reads the secret of a login, and shows nothing of it', async () => {
  const url = fixture
    .url('iam-pg')
    .replace('app@', '')
    .concat(`&secretArn=${encodeURIComponent('arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf')}`);
  await using manager = await awsServer({
    GetSecretValue: JSON.stringify({ SecretString: '{"username":"shop","password":"hunter2"}' }),
  });
  const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url };
  const { checks, failed, output } = await doctor(fixture, url, [], env);
  expect(checks.find(({ name }) => name === 'secret')).toMatchObject({ detail: 'readable, for user shop' });
  // The gateway takes tokens only.
  expectFailure(failed, 'login', /^AUTH/, /the secret holds the present user and password/);
  expect(output).not.toContain('hunter2');
  const none = await doctor(fixture, url, [], { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1' });
  expectFailure(none.failed, 'secret', /could not be reached/);
});

test('doctor goes on where AWS STS cannot be asked', async () => {
  const { code, checks } = await doctor(fixture, fixture.url('iam-pg'), [], {
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
  });
  expect(checks.find(({ name }) => name === 'identity')).toMatchObject({
    status: 'unknown',
    detail: expect.stringContaining('could not be asked (ECONNREFUSED)'),
  });
  expect(code).toBe(0);
});

test('doctor shows temporary credentials as such, and refuses expired ones', async () => {
  const { checks, output } = await doctor(fixture, fixture.url('iam-pg'), [], {
    AWS_SESSION_TOKEN: 'a-session-token',
    AWS_CREDENTIAL_EXPIRATION: new Date(Date.now() - 1000).toISOString(),
  });
  expect(checks.find(({ name }) => name === 'credentials')).toMatchObject({
    status: 'failed',
    detail: expect.stringMatching(/have expired/),
  });
  expect(output).not.toContain('a-session-token');
});
