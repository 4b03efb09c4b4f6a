import { type Local, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asSuperuser } from '../src/admin.ts';
import { admit } from '../src/connect-policy.ts';
import { Deployment, newRole } from '../src/deployment.ts';
import type { LambdaEnvironment } from '../src/lambda-environment.ts';

const HOUR = 3_600_000;
const DATABASE = 'example_aurora';
const USERS = [
  { id: 1, name: 'Alice' },
  { id: 2, name: 'Bob' },
];

let ahead = 0;
let local: Local;
const role = newRole();

beforeAll(async () => {
  local = await startLocal({ ...inject('sqlportLocal'), clock: () => Date.now() + ahead });
  // What `CREATE USER` of the SQL files makes on RDS; here a gateway checks the token and knows a password.
  await local.createUser('lambda');
});

afterAll(() => local.close());

describe.each([
  { engine: 'aurora-postgresql', server: 'postgres', adapter: 'iam-pg', admin: 'data-api-postgres' },
  { engine: 'aurora-mysql', server: 'mysql', adapter: 'iam-mysql2', admin: 'data-api-mysql' },
] as const)('$engine', ({ engine, server, adapter, admin }) => {
  let deployment: Deployment;

  beforeAll(async () => {
    const api = local.endpoints[admin];
    const gateway = local.endpoints[adapter];
    const { url } = local[server]!;
    const { username, password } = new URL(url);
    await asSuperuser(url, [`drop database if exists ${DATABASE}`, `create database ${DATABASE}`]);
    if (server === 'postgres') await asSuperuser(url, ['drop role if exists rds_iam', 'create role rds_iam']);
    const secretArn = `arn:aws:secretsmanager:${local.region}:123456789012:secret:rds!cluster-0a1b2c3d-AbCdEf`;
    api.secrets.set(secretArn, { user: username, password: decodeURIComponent(password) });
    const endpoint = gateway.hosts.find((name) => name.includes('.cluster-'))!;
    const names = { [endpoint]: { host: '127.0.0.1', port: gateway.port } };
    deployment = new Deployment(
      'lambda-iam-aurora',
      { ...local, names },
      {
        Engine: engine,
        DatabaseName: DATABASE,
        'AWS::Partition': 'aws',
        'AWS::Region': local.region,
        'AWS::AccountId': '123456789012',
        'Cluster.DBClusterArn': api.resourceArn,
        'Cluster.MasterUserSecret.SecretArn': secretArn,
        'Cluster.DBClusterResourceId': gateway.resourceId,
        'Cluster.Endpoint.Address': endpoint,
        'Cluster.Endpoint.Port': String(gateway.port),
      },
    );
    const environment = {
      AWS_ENDPOINT_URL_RDS_DATA: api.endpoint,
      AWS_ACCESS_KEY_ID: local.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: local.credentials.secretAccessKey,
    };
    const withoutUser = (text: string) => text.replace(/^CREATE USER .*;\n/m, '');
    await Promise.all([deployment.run('build'), deployment.query(`sql/${engine}.sql`, environment, withoutUser)]);
    admit(gateway, role, deployment.permissions('Users'));
  });

  afterAll(async () => {
    const { url } = local[server]!;
    await asSuperuser(url, [`drop database ${DATABASE}${server === 'postgres' ? ' with (force)' : ''}`]);
    if (server === 'postgres') await asSuperuser(url, ['drop role rds_iam']);
  });

  const coldStart = (): Promise<LambdaEnvironment> => deployment.coldStart({ name: 'Users', role });
  const listUsers = () => deployment.json('events/list-users.json');

  test('is as large as the README says', () => {
    const sizes = deployment.statedSizes();
    expect(Object.keys(sizes)).toEqual(['dist/index.mjs']);
    for (const off of Object.values(sizes)) expect(off).toBeLessThan(0.1);
  });

  test('makes its user by a statement that the engine understands', async () => {
    const create = /^CREATE USER .*;$/m.exec(deployment.text(`sql/${engine}.sql`))![0];
    // There is one already on PostgreSQL, and only RDS has the plugin for MySQL.
    const answer = server === 'postgres' ? { code: '42710' } : { code: 'ER_PLUGIN_IS_NOT_LOADED' };
    await expect(asSuperuser(local[server]!.url, [create])).rejects.toMatchObject(answer);
  });

  test('reads cold and warm over one connection, which is opened with the first event', async () => {
    const { connections } = local.endpoints[adapter];
    await using environment = await coldStart();
    const { total } = connections;
    for (let run = 0; run < 3; run++) {
      expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
    }
    expect(local.endpoints[adapter].connections.total).toBe(total + 1);
  });

  test('does not notice that it was frozen for an hour, lost its connections, and its token expired', async () => {
    const gateway = local.endpoints[adapter];
    await using environment = await coldStart();
    await environment.invoke(listUsers());
    const logins = gateway.logins.length;
    environment.freeze();
    gateway.destroyConnections();
    ahead = HOUR;
    environment.thaw(ahead);
    expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
    expect(gateway.logins.slice(logins).map(({ accepted }) => accepted)).toEqual([true]);
    ahead = 0;
  });

  test('is refused without its policy', async () => {
    await using environment = await coldStart();
    admit(local.endpoints[adapter], role, []);
    await expect(environment.invoke(listUsers())).rejects.toThrow(/refused the login/);
    admit(local.endpoints[adapter], role, deployment.permissions('Users'));
    expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
  });

  test('adds a user once', async () => {
    await using environment = await coldStart();
    const addUser = deployment.json('events/add-user.json') as object;
    expect(await environment.invoke(addUser)).toEqual({ statusCode: 201 });
    expect(await environment.invoke(addUser)).toEqual({ statusCode: 409 });
    expect(await environment.invoke({ ...addUser, body: '{}' })).toEqual({ statusCode: 400 });
    const { body } = await environment.invoke(listUsers());
    expect(body).toMatchObject([...USERS, { name: "Charlie O'Neill" }]);
  });
});
