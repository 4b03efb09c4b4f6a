import { Agent, request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { type DataApi, type Fault, type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { DataApiClient, failure } from './data-api-client.ts';

const shared = inject('sqlportLocal');
const patience = { timeout: 10_000 };
let local: Local;
let database: LocalDatabase;
let endpoint: DataApi;
let api: DataApiClient;

beforeAll(async () => {
  local = await startLocal({ ...shared, mysql: false });
  database = await local.createDatabase();
  endpoint = local.endpoints['data-api-postgres'];
  api = new DataApiClient(database.configs['data-api-postgres']);
  await api.execute('create table t (n int)');
});
afterEach(() => endpoint.faults.clear());
afterAll(() => local.close());

const count = async () => ((await api.value('select count(*) from t')) as { longValue: number }).longValue;
const insert = () => api.execute('insert into t values (1)');

const text = 'Rate exceeded';
test.each<[Fault, object]>([
  [
    { fail: 'resuming' },
    {
      name: 'DatabaseResumingException',
      status: 400,
      message:
        'The Aurora DB instance arn:aws:rds:us-east-1:123456789012:cluster:sqlport-postgres is resuming after being auto-paused. Please wait a few seconds and try again.',
    },
  ],
  [{ fail: 'throttling' }, { name: 'ThrottlingException', status: 400, message: text }],
  [{ fail: 'too-many-requests' }, { name: 'ThrottlingException', status: 429, message: text }],
  [{ fail: 'service-unavailable' }, { name: 'ServiceUnavailableError', status: 503 }],
  [{ fail: 'internal-error' }, { name: 'InternalServerErrorException', status: 500 }],
  [{ fail: { type: 'InvalidResourceStateException', message: 'No.' } }, { status: 400, message: 'No.' }],
  [{ fail: 'database-unavailable' }, { name: 'DatabaseUnavailableException', status: 504 }],
])('%o comes before the statement, once', async (fault, error) => {
  const before = await count();
  endpoint.faults.add({ ...fault, times: 1 });
  expect(await failure(insert())).toMatchObject(error);
  expect(await count()).toBe(before);
});

test.each<Fault>([
  { fail: 'service-unavailable', when: 'after' },
  { fail: 'internal-error', when: 'after' },
  { drop: 'after' },
  { drop: 'mid-reply' },
])('%o comes after the statement', async (fault) => {
  const before = await count();
  endpoint.faults.add({ ...fault, times: 1 });
  const calls = endpoint.calls.length;
  await failure(insert());
  expect(endpoint.calls.slice(calls)).toHaveLength(1);
  expect(endpoint.calls.at(-1)!.status).toBe('drop' in fault ? undefined : endpoint.calls.at(-1)!.status);
  expect(await count()).toBe(before + 1);
});

test.each<Fault>([{ drop: 'unread' }, { drop: 'before' }])('%o comes before it', async (fault) => {
  const before = await count();
  endpoint.faults.add({ ...fault, times: 1, operation: 'ExecuteStatement' });
  const { status, name } = await failure(insert());
  expect({ status, name }).toEqual({ status: undefined, name: expect.stringMatching(/Error/) });
  expect(endpoint.calls.at(-1)).toMatchObject({
    sql: 'drop' in fault && fault.drop === 'unread' ? undefined : 'insert into t values (1)',
    status: undefined,
  });
  expect(await count()).toBe(before);
});

test('the SDK’s own retry shows in the log', async () => {
  const retrying = new DataApiClient(database.configs['data-api-postgres'], { maxAttempts: 3 });
  const before = await count();
  endpoint.faults.add({ fail: 'service-unavailable', when: 'after', times: 2, sql: /^insert/ });
  const calls = endpoint.calls.length;
  await retrying.execute('insert into t values (2)');
  expect(endpoint.calls.slice(calls).map(({ status }) => status)).toEqual([503, 503, 200]);
  expect(await count()).toBe(before + 3);
});

test('a fault may be limited to an operation, to statements, and to a number of calls', async () => {
  endpoint.faults.add({ fail: 'throttling', operation: 'BeginTransaction', times: 2 });
  endpoint.faults.add({ fail: 'resuming', sql: /FROM t\b/gi, times: 2 });
  expect(await api.value('select 1')).toEqual({ longValue: 1 });
  for (const type of ['DatabaseResumingException', 'DatabaseResumingException']) {
    expect((await failure(count())).name).toBe(type);
  }
  await count();
  for (const type of ['ThrottlingException', 'ThrottlingException'])
    expect((await failure(api.begin())).name).toBe(type);
  await api.rollback(await api.begin());
});

test('a fault lasts until it is switched off', async () => {
  const off = endpoint.faults.add({ fail: 'internal-error' });
  for (let i = 0; i < 5; i++) expect((await failure(insert())).status).toBe(500);
  off();
  await insert();
  endpoint.faults.add({ fail: 'internal-error' });
  endpoint.faults.clear();
  await insert();
});

test('latency passes before the statement runs', async () => {
  endpoint.faults.add({ latencyMs: 150, times: 1 });
  const started = performance.now();
  await insert();
  expect(performance.now() - started).toBeGreaterThan(140);
});

test('connections are counted and can be cut, busy or idle', async () => {
  await insert();
  const { open, total } = endpoint.connections;
  expect(open).toBeGreaterThan(0);
  expect(total).toBeGreaterThanOrEqual(open);
  const before = await count();
  const cut = failure(api.execute('insert into t select 1 from pg_sleep(0.3)'));
  await expect.poll(() => endpoint.calls.at(-1)?.sql, patience).toContain('pg_sleep(0.3)');
  endpoint.destroyConnections();
  expect((await cut).status).toBeUndefined();
  await expect.poll(() => endpoint.connections.open, patience).toBe(0);
  await expect.poll(count, patience).toBe(before + 1);
  expect(endpoint.connections.total).toBeGreaterThan(total);
});

test('a client that goes away does not stop its statement', async () => {
  const before = await count();
  const gone = new DataApiClient(database.configs['data-api-postgres'], {
    requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true },
  });
  expect((await failure(gone.execute('insert into t select 1 from pg_sleep(0.4)'))).name).toBe('TimeoutError');
  await expect.poll(count, patience).toBe(before + 1);
});

test('a client that goes away in mid-request does no harm', async () => {
  const call = request(`${database.configs['data-api-postgres'].endpoint}/Execute`, {
    method: 'POST',
    agent: new Agent(),
  });
  call.on('error', () => {});
  call.setHeader('content-length', 100);
  call.write('{');
  await expect.poll(() => endpoint.calls.at(-1)?.status, patience).toBeUndefined();
  call.destroy();
  expect(await api.value('select 1')).toEqual({ longValue: 1 });
});
