import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataApi, type Local, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { asSuperuser } from '../src/admin.ts';
import { Deployment, newRole, type Permission } from '../src/deployment.ts';
import type { LambdaEnvironment } from '../src/lambda-environment.ts';

const HOUR = 3_600_000;
const ALICE = { id: 1, name: 'Alice' };
const USERS = [ALICE, { id: 2, name: 'Bob' }, { id: 3, name: 'Charlie' }];

let ahead = 0;
let local: Local;
let api: DataApi;
let deployment: Deployment;
const role = newRole();
const started: LambdaEnvironment[] = [];

beforeAll(async () => {
  local = await startLocal({ ...inject('sqlportLocal'), postgres: false, clock: () => Date.now() + ahead });
  api = local.endpoints['data-api-mysql'];
  await dropUsers();
  // RDS names the secret of a cluster like this; the exclamation mark is part of it.
  const secretArn = `arn:aws:secretsmanager:${local.region}:123456789012:secret:rds!cluster-0a1b2c3d-AbCdEf`;
  api.secrets.set(secretArn, { user: 'app' });
  deployment = new Deployment('lambda-data-api-mysql', local, {
    'Cluster.DBClusterArn': api.resourceArn,
    'Cluster.MasterUserSecret.SecretArn': secretArn,
  });
  const { accessKeyId, secretAccessKey } = local.credentials;
  const environment = {
    AWS_ENDPOINT_URL_RDS_DATA: api.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  await Promise.all([
    deployment.run('build'),
    deployment.run('build:console'),
    deployment.query('schema.sql', environment),
  ]);
});

beforeEach(() => {
  const { accessKeyId, ...secrets } = role;
  api.credentials.set(accessKeyId, secrets);
  allow(deployment.permissions('ListUsers'));
});

afterEach(async () => {
  api.faults.clear();
  ahead = 0;
  for (const environment of started.splice(0)) await environment[Symbol.asyncDispose]();
});

afterAll(async () => {
  await dropUsers();
  await local.close();
});

/** The role may do this, and nothing else. */
function allow(permissions: readonly Permission[]): void {
  const { policy } = api;
  const others = policy.filter(({ accessKeyId }) => accessKeyId !== role.accessKeyId);
  const own = permissions.map((permission) => ({ accessKeyId: role.accessKeyId, ...permission }) as (typeof policy)[0]);
  policy.splice(0, policy.length, ...others, ...own);
}

/** The database is the one that the example names, on a server that other tests use as well. */
const dropUsers = () => asSuperuser(local.mysql!.url, ['drop table if exists simple_db.users']);

async function coldStart(variables: Readonly<Record<string, string>> = {}, file?: string): Promise<LambdaEnvironment> {
  const environment = await deployment.coldStart({
    name: 'ListUsers',
    role,
    variables: { AWS_ENDPOINT_URL_RDS_DATA: api.endpoint, ...variables },
    file,
  });
  started.push(environment);
  return environment;
}

const listUsers = () => deployment.json('events/list-users.json') as object;
const readUser = (id: string) => ({ ...listUsers(), rawQueryString: `id=${id}`, queryStringParameters: { id } });

test('reads users cold and warm, over the connection that it has', async () => {
  const environment = await coldStart();
  expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
  expect(await environment.invoke(readUser('1'))).toEqual({ statusCode: 200, body: ALICE });
  const { total } = api.connections;
  expect(await environment.invoke(readUser('99'))).toEqual({ statusCode: 404 });
  expect(api.connections.total).toBe(total);
});

test('is as large as the README says', () => {
  const sizes = deployment.statedSizes();
  expect(Object.keys(sizes)).toEqual(['dist/index.mjs', 'console/dist/index.mjs']);
  for (const off of Object.values(sizes)) expect(off).toBeLessThan(0.1);
});

test('opens nothing before the first event', async () => {
  const { total } = api.connections;
  await coldStart();
  expect(api.connections.total).toBe(total);
});

test('does not notice that it was frozen for an hour and lost its connections', async () => {
  const environment = await coldStart();
  await environment.invoke(listUsers());
  environment.freeze();
  api.destroyConnections();
  ahead = HOUR;
  environment.thaw(ahead);
  expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
});

test('waits for a cluster that wakes up', async () => {
  api.faults.add({ fail: 'resuming', times: 3 });
  const environment = await coldStart();
  expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
});

test('needs every permission of its policy', async () => {
  const permissions = deployment.permissions('ListUsers');
  expect(permissions.length).toBeGreaterThan(0);
  const environment = await coldStart();
  for (const left of permissions) {
    allow(permissions.filter((permission) => permission !== left));
    await expect(environment.invoke(listUsers())).rejects.toThrow(/permission|IAM/i);
  }
  allow(permissions);
  expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
});

test('says at the cold start which variable is missing', async () => {
  await expect(coldStart({ SECRET_ARN: '' })).rejects.toThrow(/secretArn/);
});

test('runs as one file beside the SDK of the runtime', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlport-console-'));
  try {
    // The runtime brings the AWS SDK, and nothing else.
    await mkdir(join(folder, 'node_modules/@aws-sdk'), { recursive: true });
    const sdk = new URL(import.meta.resolve('@aws-sdk/client-rds-data/package.json'));
    await symlink(new URL('.', sdk), join(folder, 'node_modules/@aws-sdk/client-rds-data'));
    await copyFile(join(deployment.folder, 'console/dist/index.mjs'), join(folder, 'index.mjs'));
    const environment = await coldStart({}, join(folder, 'index.mjs'));
    expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
  } finally {
    await rm(folder, { recursive: true });
  }
});
