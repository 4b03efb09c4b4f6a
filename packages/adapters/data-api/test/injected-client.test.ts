import { Agent } from 'node:http';
import { RDSDataClient, type RDSDataClientConfig } from '@aws-sdk/client-rds-data';
import { type Connection, connect, sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { dataApi } from '../src/index.ts';
import { Fixture, failure, until } from './fixture.ts';

let fixture: Fixture;
const clients: RDSDataClient[] = [];
const connections: Connection[] = [];
beforeAll(async () => {
  fixture = await Fixture.start('postgres');
  await fixture.connect().query('create table t (id int)');
});
afterEach(async () => {
  fixture.endpoint.faults.clear();
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  for (const client of clients.splice(0)) client.destroy();
});
afterAll(() => fixture.stop());

function clientOf(change: RDSDataClientConfig = {}): RDSDataClient {
  const { region, credentials, endpoint } = fixture.config;
  const client = new RDSDataClient({ region, credentials, endpoint, ...change });
  clients.push(client);
  return client;
}

function over(client: RDSDataClient): Connection {
  const { engine, resourceArn, secretArn, database } = fixture.config;
  const connection = connect(dataApi({ engine, resourceArn, secretArn, database, client }), { retry: false });
  connections.push(connection);
  return connection;
}

const insert = (id: number) => sql`insert into t values (${id})`;
const applied = async (id: number) => Number((await fixture.ask(`select count(*) from t where id = ${id}`))[0]![0]);

it('is used, with its own middleware', async () => {
  const client = clientOf();
  const seen: string[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      seen.push(String(context.commandName));
      return next(args);
    },
    { step: 'initialize', name: 'spy' },
  );
  await over(client).transaction((tx) => tx.query('select 1'));
  expect(seen).toEqual(['BeginTransactionCommand', 'ExecuteStatementCommand', 'CommitTransactionCommand']);
});

it('is used with its own credentials', async () => {
  const credentials = { ...fixture.config.credentials, secretAccessKey: 'not the key' };
  expect(await failure(over(clientOf({ credentials })).query('select 1'))).toMatchObject({ code: 'AUTH' });
});

it('has its retries off for what we send, and on for what its owner sends', async () => {
  const client = clientOf({ maxAttempts: 3 });
  const db = over(client);
  await db.query('select 1');
  fixture.endpoint.faults.add({ fail: 'service-unavailable', when: 'after', sql: /into t/, times: 1 });
  expect(await fixture.operationsOf(() => failure(db.query(insert(1))))).toHaveLength(1);
  expect(await applied(1)).toBe(1);
  fixture.endpoint.faults.add({ fail: 'throttling', times: 1 });
  const { BeginTransactionCommand, RollbackTransactionCommand } = await import('@aws-sdk/client-rds-data');
  const { resourceArn, secretArn } = fixture.config;
  const operations = await fixture.operationsOf(async () => {
    const { transactionId } = await client.send(new BeginTransactionCommand({ resourceArn, secretArn }));
    await client.send(new RollbackTransactionCommand({ resourceArn, secretArn, transactionId }));
  });
  expect(operations).toHaveLength(3);
});

it('may keep its middleware: what its owner sends does not change what we send, nor the reverse', async () => {
  const client = clientOf({ cacheMiddleware: true });
  const { ExecuteStatementCommand } = await import('@aws-sdk/client-rds-data');
  const { resourceArn, secretArn, database } = fixture.config;
  const db = over(client);
  for (let round = 0; round < 2; round++) {
    const own = await client.send(new ExecuteStatementCommand({ resourceArn, secretArn, database, sql: 'select 1' }));
    expect(own.records).toHaveLength(1);
    fixture.endpoint.faults.add({ fail: 'service-unavailable', when: 'after', sql: /into t/, times: 1 });
    const id = 10 + round;
    const lost = failure(db.query(insert(id)));
    expect(await fixture.operationsOf(() => lost)).toHaveLength(1);
    expect(await lost).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await applied(id)).toBe(1);
  }
});

it('may have middleware that makes the input anew', async () => {
  const client = clientOf();
  client.middlewareStack.add((next) => (args) => next({ ...args, input: structuredClone(args.input) }), {
    step: 'initialize',
  });
  expect(await over(client).one(sql`select 1 as a`)).toEqual({ a: 1 });
});

it('is not destroyed, and keeps no listener of ours', async () => {
  const agent = new Agent({ keepAlive: true });
  const client = clientOf({ requestHandler: { httpAgent: agent } });
  const before = agent.listenerCount('free');
  const first = over(client);
  await first.query('select 1');
  await first.query('select 1');
  expect(agent.listenerCount('free')).toBe(before + 1);
  await first.close();
  expect(agent.listenerCount('free')).toBe(before);
  await over(client).query('select 1');
});

it('may be shared by any number of connections', async () => {
  const agent = new Agent({ keepAlive: true });
  const client = clientOf({ requestHandler: { httpAgent: agent } });
  const warnings: string[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning.name);
  process.on('warning', onWarning);
  const many = Array.from({ length: 20 }, () => over(client));
  for (const db of many) await db.query('select 1');
  for (const db of many) await db.query('select 1');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  await many[0]!.close();
  await many[1]!.query('select 1');
  await Promise.all(many.map((db) => db.close()));
  await until(() => agent.listenerCount('free') === new Agent({ keepAlive: true }).listenerCount('free'));
});

it.each([
  ['requestTimeout', { requestTimeout: 200, throwOnRequestTimeout: true }],
  ['socketTimeout', { socketTimeout: 200 }],
])('whose %s runs out leaves the outcome open', async (_, requestHandler) => {
  const db = over(clientOf({ requestHandler }));
  await db.query('select 1');
  const slow = sql`insert into t select ${2}::int from pg_sleep(1)`;
  expect(await failure(db.query(slow))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
  await until(async () => (await applied(2)) > 0);
  await fixture.ask('delete from t where id = 2');
});

it('whose connectionTimeout runs out has sent nothing', async () => {
  // An address that nobody answers from (RFC 5737).
  const client = clientOf({ endpoint: 'http://192.0.2.1', requestHandler: { connectionTimeout: 100 } });
  expect(await failure(over(client).query('select 1'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
});
