import { type Local, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asSuperuser } from '../src/admin.ts';
import { admit } from '../src/connect-policy.ts';
import { Deployment, newRole } from '../src/deployment.ts';

const HOUR = 3_600_000;
const DATABASE = 'example_proxy';
const USERS = [
  { id: 1, name: 'Alice' },
  { id: 2, name: 'Bob' },
];

let ahead = 0;
let local: Local;
const role = newRole();

beforeAll(async () => {
  local = await startLocal({ ...inject('sqlportLocal'), clock: () => Date.now() + ahead });
  await local.createUser('lambda');
});

afterAll(() => local.close());

describe.each([
  { engine: 'aurora-postgresql', server: 'postgres', adapter: 'iam-pg' },
  { engine: 'aurora-mysql', server: 'mysql', adapter: 'iam-mysql2' },
] as const)('$engine', ({ engine, server, adapter }) => {
  let deployment: Deployment;

  beforeAll(async () => {
    const { gateway, address } = local.proxies[adapter];
    const names = { [address.signingHost]: { host: '127.0.0.1', port: gateway.port } };
    deployment = new Deployment(
      'lambda-rds-proxy',
      { ...local, names },
      {
        Engine: engine,
        DatabaseName: DATABASE,
        'AWS::Partition': 'aws',
        'AWS::Region': local.region,
        'AWS::AccountId': '123456789012',
        'Cluster.Endpoint.Port': String(gateway.port),
        'Proxy.Endpoint': address.signingHost,
        'Proxy.DBProxyArn': `arn:aws:rds:${local.region}:123456789012:db-proxy:${gateway.resourceId}`,
      },
    );
    const { url } = local[server]!;
    await asSuperuser(url, [`drop database if exists ${DATABASE}`, `create database ${DATABASE}`]);
    // The users and their grants are those of the example without a proxy, which tests them.
    const statements = deployment.text(`sql/${engine}.sql`).split(';\n');
    const inDatabase = new URL(url);
    inDatabase.pathname = DATABASE;
    const isLocal = (statement: string) => !/^\s*(CREATE USER|GRANT rds_iam|$)/.test(statement);
    await Promise.all([deployment.run('build'), asSuperuser(inDatabase.href, statements.filter(isLocal))]);
    admit(gateway, role, deployment.permissions('Users'));
  });

  afterAll(async () => {
    const { url } = local[server]!;
    await asSuperuser(url, [`drop database ${DATABASE}${server === 'postgres' ? ' with (force)' : ''}`]);
  });

  const coldStart = () => deployment.coldStart({ name: 'Users', role });
  const listUsers = () => deployment.json('events/list-users.json');

  test('is as large as the README says', () => {
    const sizes = deployment.statedSizes();
    expect(Object.keys(sizes)).toEqual(['dist/index.mjs']);
    for (const off of Object.values(sizes)) expect(off).toBeLessThan(0.1);
  });

  test('pins nothing, cold and warm, reading and writing', async () => {
    const proxy = local.proxies[adapter];
    await using environment = await coldStart();
    expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: USERS });
    expect(await environment.invoke(deployment.json('events/add-user.json'))).toEqual({ statusCode: 201 });
    expect(await environment.invoke(deployment.json('events/add-user.json'))).toEqual({ statusCode: 409 });
    const { body } = await environment.invoke(listUsers());
    expect(body).toMatchObject([...USERS, { name: "Charlie O'Neill" }]);
    expect(proxy.pins).toEqual([]);
  });

  test('shares one connection of the database among environments', async () => {
    const proxy = local.proxies[adapter];
    const before = proxy.limits.maxConnections;
    proxy.limits.maxConnections = 1;
    await using one = await coldStart();
    await using other = await coldStart();
    const replies = await Promise.all([one.invoke(listUsers()), other.invoke(listUsers())]);
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(proxy.gateway.connections.open).toBeGreaterThanOrEqual(2);
    expect(proxy.backends.open).toBe(1);
    proxy.limits.maxConnections = before;
  });

  test('does not notice that it was frozen for an hour, and lost its connections', async () => {
    await using environment = await coldStart();
    await environment.invoke(listUsers());
    environment.freeze();
    local.proxies[adapter].gateway.destroyConnections();
    ahead = HOUR;
    environment.thaw(ahead);
    expect(await environment.invoke(listUsers())).toMatchObject({ statusCode: 200 });
    ahead = 0;
  });

  test('is refused without its policy', async () => {
    const { gateway } = local.proxies[adapter];
    await using environment = await coldStart();
    admit(gateway, role, []);
    await expect(environment.invoke(listUsers())).rejects.toThrow(/refused the login/);
    admit(gateway, role, deployment.permissions('Users'));
    expect(await environment.invoke(listUsers())).toMatchObject({ statusCode: 200 });
  });
});
