import { type ClusterOf, startCluster } from '@sqlport/local';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { asSuperuser } from '../src/admin.ts';
import { admit } from '../src/connect-policy.ts';
import { Deployment, newRole } from '../src/deployment.ts';

const HOUR = 3_600_000;
const PORT = 3306;
const USERS = [
  { id: 1, name: 'Alice' },
  { id: 2, name: 'Bob' },
];

let ahead = 0;
let cluster: ClusterOf<'mysql'>;
let deployment: Deployment;
const role = newRole();

beforeAll(async () => {
  // One standby is enough here, and starts faster than two.
  cluster = await startCluster('mysql', { readers: 1, clock: () => Date.now() + ahead });
  const { writer, reader } = cluster;
  deployment = new Deployment(
    'lambda-iam-mysql-multi-az',
    {
      ca: cluster.ca,
      region: cluster.config.region,
      names: Object.fromEntries([writer, reader].map(({ name, address: { host, port } }) => [name, { host, port }])),
    },
    {
      'AWS::Partition': 'aws',
      'AWS::Region': cluster.config.region,
      'AWS::AccountId': '123456789012',
      'Cluster.DBClusterResourceId': writer.gateway.resourceId,
      'Cluster.Endpoint.Address': writer.name,
      'Cluster.ReadEndpoint.Address': reader.name,
    },
  );
  // RDS has both endpoints at one port.
  for (const { gateway } of [writer, reader]) gateway.relayPorts.add(PORT);
  const statements = deployment.text('schema.sql').split(';\n');
  // The cluster's user is called otherwise here, and may do everything.
  const isLocal = (statement: string) => !/^\s*(CREATE USER|GRANT|$)/.test(statement);
  const inDatabase = new URL(cluster.servers[0]!.url);
  inDatabase.pathname = cluster.config.database;
  await Promise.all([deployment.run('build'), asSuperuser(inDatabase.href, statements.filter(isLocal))]);
  await cluster.caughtUp();
  allow(true);
});

afterEach(() => {
  ahead = 0;
});

afterAll(() => cluster.close());

/** Gives the role what its policy allows at both endpoints, or nothing, for the cluster's own user. */
function allow(allowed: boolean): void {
  const { user } = cluster.config;
  const own = deployment.permissions('Users').map(({ action, resource }) => {
    expect(resource).toMatch(/\/lambda$/);
    return { action, resource: resource.replace(/lambda$/, user) };
  });
  for (const { gateway } of [cluster.writer, cluster.reader]) admit(gateway, role, allowed ? own : []);
}

const coldStart = () => deployment.coldStart({ name: 'Users', role, variables: { DBUserName: cluster.config.user } });
const listUsers = () => deployment.json('events/list-users.json');
const total = () => [cluster.writer, cluster.reader].map(({ gateway }) => gateway.connections.total);

test('is as large as the README says', () => {
  const sizes = deployment.statedSizes();
  expect(Object.keys(sizes)).toEqual(['dist/index.mjs']);
  for (const off of Object.values(sizes)) expect(off).toBeLessThan(0.1);
});

test('reads from a standby, cold and warm, and never asks the writer', async () => {
  await using environment = await coldStart();
  const [writer, reader] = total();
  for (let run = 0; run < 3; run++) {
    expect(await environment.invoke(listUsers())).toEqual({ statusCode: 200, body: { count: 2, users: USERS } });
  }
  expect(total()).toEqual([writer, reader! + 1]);
});

test('does not notice that it was frozen for an hour, and lost its connections', async () => {
  await using environment = await coldStart();
  await environment.invoke(listUsers());
  environment.freeze();
  for (const { gateway } of [cluster.writer, cluster.reader]) gateway.destroyConnections();
  ahead = HOUR;
  environment.thaw(ahead);
  expect(await environment.invoke(listUsers())).toMatchObject({ statusCode: 200 });
});

test('is refused without its policy', async () => {
  await using environment = await coldStart();
  allow(false);
  await expect(environment.invoke(listUsers())).rejects.toThrow(/refused the login/);
  allow(true);
  expect(await environment.invoke(listUsers())).toMatchObject({ statusCode: 200 });
});

test('writes to the writer, also after a failover', async () => {
  const addUser = deployment.json('events/add-user.json') as { readonly body: string };
  await using environment = await coldStart();
  expect(await environment.invoke(addUser)).toEqual({ statusCode: 201 });
  expect(await environment.invoke(addUser)).toEqual({ statusCode: 409 });
  await cluster.caughtUp();
  await cluster.failOver();
  expect(await environment.invoke({ ...addUser, body: '{"name": "Dora"}' })).toEqual({ statusCode: 201 });
  await cluster.caughtUp();
  const { body } = await environment.invoke(listUsers());
  expect(body).toMatchObject({ count: 4, users: [...USERS, { name: "Charlie O'Neill" }, { name: 'Dora' }] });
});
