import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fromEnv, fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CredentialsProvider, loginSource } from '../src/index.ts';
import { CANARY, failure } from './failure.ts';
import { readToken } from './sigv4.ts';

const target = { host: 'db-1.abc123xyz.ap-northeast-1.rds.amazonaws.com', port: 3306 };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlport-aws-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('without the option credentials, the keys come from the environment', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CANARY);
  const { password } = await loginSource({ user: 'app' }).get(target);
  const token = readToken(password, CANARY);
  expect(token.query.get('X-Amz-Credential')).toContain('AKIAENVIRONMENT/');
  expect(token.query.get('X-Amz-Signature')).toBe(token.expectedSignature);
});

test('where there are no credentials, an AUTH error says what to set', async () => {
  for (const profile of [undefined, 'nobody']) {
    const source = loginSource({ user: 'app', ...(profile === undefined ? {} : { profile }) });
    const error = await failure(() => source.get(target));
    expect(error.code).toBe('AUTH');
    expect(error.message).toContain('AWS_ACCESS_KEY_ID');
    expect(error.message).toContain('`credentials`');
  }
});

test('every provider of the AWS SDK fits the option credentials', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CANARY);
  const params = { RoleArn: 'arn:aws:iam::123456789012:role/app' };
  const providers: CredentialsProvider[] = [
    fromEnv(),
    fromNodeProviderChain(),
    fromIni(),
    fromTemporaryCredentials({ params }),
  ];
  const { password } = await loginSource({ user: 'app', credentials: providers[0]! }).get(target);
  expect(readToken(password, CANARY).query.get('X-Amz-Credential')).toContain('AKIAENVIRONMENT/');
});

/** A profile that assumes a role, and an STS on this machine that answers for it; gives the regions it was asked in. */
async function roleProfile(answer: (number: number) => readonly [status: number, body: string]) {
  await writeFile(
    join(folder, 'config'),
    '[profile app]\nrole_arn = arn:aws:iam::123456789012:role/app\nsource_profile = base\n',
  );
  await writeFile(
    join(folder, 'credentials'),
    `[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = ${CANARY}\n`,
  );
  const regions: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    await text(request);
    regions.push(/Credential=AKIABASE\/\d+\/([^/]+)\/sts\//.exec(request.headers.authorization ?? '')?.[1]);
    const [status, body] = answer(regions.length);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { regions, close, [Symbol.asyncDispose]: close };
}

function assumed(number: number): string {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIAROLE${number}</AccessKeyId><SecretAccessKey>${CANARY}</SecretAccessKey>
    <SessionToken>session</SessionToken><Expiration>${expiration}</Expiration>
    </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

test('a role is assumed once for all endpoints, at the STS of the region of the database', async () => {
  await using sts = await roleProfile((number) => [200, assumed(number)]);
  const source = loginSource({ user: 'app', profile: 'app' });
  const [writer, reader] = await Promise.all([source.get(target), source.get({ ...target, port: 3307 })]);
  for (const { password } of [writer, reader, await source.get({ ...target, port: 3308 })]) {
    const token = readToken(password, CANARY);
    expect(token.query.get('X-Amz-Credential')).toContain('ASIAROLE1/');
    expect(token.query.get('X-Amz-Signature')).toBe(token.expectedSignature);
  }
  expect(sts.regions).toEqual(['ap-northeast-1']);
});

test('a role that is refused is a PERMISSION error', async () => {
  const refusal = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${CANARY}</Message></Error></ErrorResponse>`;
  await using _sts = await roleProfile(() => [403, refusal]);
  const error = await failure(() => loginSource({ user: 'app', profile: 'app' }).get(target));
  expect(error.code).toBe('PERMISSION');
  expect(error.message).toContain('sts:AssumeRole');
});

test('an STS that is not there is UNREACHABLE', async () => {
  const sts = await roleProfile(() => [200, '']);
  await sts.close();
  expect((await failure(() => loginSource({ user: 'app', profile: 'app' }).get(target))).code).toBe('UNREACHABLE');
});
