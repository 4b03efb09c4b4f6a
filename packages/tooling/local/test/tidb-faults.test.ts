import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type Local, type LocalDatabase, startLocal, type TidbEndpoint } from '../src/index.ts';
import { driver, failure } from './tidb-fixture.ts';

const { mysql: engine } = inject('sqlportLocal');
let local: Local;
let database: LocalDatabase;

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine });
  database = await local.createDatabase();
  await driver(database).execute('create table entries (n int)');
});
beforeEach(async () => {
  if (engine) await driver(database).execute('delete from entries');
});
afterEach(async () => {
  if (!engine) return;
  endpoint().clearFaults();
  await vi.waitUntil(() => endpoint().serverConnections === 0, { timeout: 10_000 });
});
afterAll(() => local?.close());

const endpoint = () => local.endpoints['tidb-serverless'];
const insert = (n: number) => driver(database).execute(`insert into entries values (${n})`);
const entries = async () => {
  const rows = (await driver(database).execute('select n from entries order by n')) as { n: number }[];
  return rows.map(({ n }) => n);
};

describe.skipIf(!engine)('a fault', () => {
  test('meets the next call, or so many calls, or all until it is cleared', async () => {
    const injectFault: TidbEndpoint['injectFault'] = (...args) => endpoint().injectFault(...args);
    injectFault({ kind: 'bad-gateway' });
    await failure(insert(1));
    await insert(2);
    const twice = injectFault({ kind: 'bad-gateway' }, { times: 2 });
    await failure(insert(3));
    await failure(insert(4));
    await insert(5);
    expect(twice.hits).toBe(2);
    const always = injectFault({ kind: 'bad-gateway' }, { times: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 3; i++) await failure(insert(6));
    always.clear();
    await insert(7);
    expect(always.hits).toBe(3);
    expect(await entries()).toEqual([2, 5, 7]);
  });

  test('meets only the statements it is meant for', async () => {
    const fault = endpoint().injectFault({ kind: 'bad-gateway' }, { sql: /^insert/g });
    await driver(database).execute('select 1');
    expect(fault.hits).toBe(0);
    await failure(insert(1));
    expect(fault.hits).toBe(1);
  });

  test.each<['before' | 'after', number[]]>([
    ['before', []],
    ['after', [1]],
  ])('an HTTP 500 %s the statement', async (when, left) => {
    endpoint().injectFault({ kind: 'server-error', when });
    expect(await failure(insert(1))).toMatchObject({ status: 500, details: { code: 151100004 } });
    expect(await entries()).toEqual(left);
  });

  test.each<['before' | 'after', number[]]>([
    ['before', []],
    ['after', [1]],
  ])('a connection that is dropped %s the statement', async (when, left) => {
    endpoint().injectFault({ kind: 'drop', when });
    expect((await failure(insert(1))).message).toBe('fetch failed');
    expect(endpoint().calls.at(-1)).toMatchObject({ status: undefined, replySession: undefined });
    expect(await entries()).toEqual(left);
  });

  test('a bad gateway with a page instead of JSON', async () => {
    endpoint().injectFault({ kind: 'bad-gateway' });
    expect(await failure(insert(1))).toMatchObject({ status: 502, message: 'Bad Gateway', details: null });
  });

  test('a body that ends in the middle', async () => {
    endpoint().injectFault({ kind: 'cut-body' });
    expect((await failure(insert(1))).message).toBe('terminated');
    expect(await entries()).toEqual([1]);
  });

  test('a body that comes slowly, and latency', async () => {
    for (const kind of ['slow-body', 'latency'] as const) {
      const start = performance.now();
      endpoint().injectFault({ kind, ms: 150 });
      expect(await driver(database).execute('select 1 as one')).toEqual([{ one: '1' }]);
      // Timers may be a little early.
      expect(performance.now() - start).toBeGreaterThan(145);
    }
  });

  test('latency does not outlive its client', async () => {
    const fault = endpoint().injectFault({ kind: 'latency', ms: 600_000 });
    const { host, fetch, user, password } = local.configs['tidb-serverless'];
    const controller = new AbortController();
    const request = fetch(`https://http-${host}/v1beta/sql`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}` },
      body: '{"query":"select 1"}',
      signal: controller.signal,
    });
    await vi.waitUntil(() => fault.hits === 1);
    controller.abort();
    await expect(request).rejects.toThrow(/aborted/);
  });

  test('a reply without a session', async () => {
    endpoint().injectFault({ kind: 'no-session-header' });
    expect(await failure(insert(1))).toMatchObject({ status: 500, message: 'empty session, please try again' });
  });

  test('an expired session, for the first call that has one', async () => {
    endpoint().injectFault({ kind: 'expired-session' }, { sql: /^(BEGIN|insert into entries values \(2\))$/ });
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    expect(await failure(tx.execute('insert into entries values (2)'))).toMatchObject({
      status: 400,
      details: { code: 61100002 },
    });
    expect(await failure(tx.commit())).toMatchObject({ details: { code: 61100002 } });
    expect(await entries()).toEqual([]);
  });

  test.each([1213, 8002, 8022, 8028, 9007] as const)('TiDB’s error %i, which rolls back', async (errno) => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    endpoint().injectFault({ kind: 'sql-error', errno }, { sql: /^COMMIT$/ });
    expect(await failure(tx.commit())).toMatchObject({
      status: 500,
      message: expect.stringContaining(`Error ${errno} (`),
    });
    expect(await tx.execute('select n from entries')).toEqual([]);
    await tx.rollback();
    expect(await entries()).toEqual([]);
  });

  test('a redirect to another host, which is not reached, and gets no password', async () => {
    endpoint().injectFault({ kind: 'redirect', to: 'https://other.example/v1beta/sql' });
    expect((await failure(insert(1))).message).toBe('fetch failed');
    expect(endpoint().refusedHosts.at(-1)).toBe('other.example');
    expect(await entries()).toEqual([]);
  });

  test('a redirect to another of the cluster’s hosts loses the password on its way', async () => {
    const { dataService } = endpoint();
    endpoint().injectFault({ kind: 'redirect', to: `${dataService.url}/users` });
    expect(await failure(insert(1))).toMatchObject({ status: 401 });
    expect(dataService.calls).toMatchObject([{ method: 'POST', path: '/users', authentication: undefined }]);
  });

  test('a redirect to the same host is followed with all that the request had', async () => {
    const { host } = local.configs['tidb-serverless'];
    endpoint().injectFault({ kind: 'redirect', to: `https://http-${host}/v1beta/sql` });
    await insert(1);
    expect(await entries()).toEqual([1]);
  });

  test('a redirect as a client may want it', async () => {
    const { host, user, password, fetch } = local.configs['tidb-serverless'];
    endpoint().injectFault({ kind: 'redirect', to: '/v1beta/sql' }, { times: 2 });
    const init = {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}` },
      body: '{"query":"select 1"}',
    };
    const url = `https://http-${host}/v1beta/sql`;
    expect((await fetch(url, { ...init, redirect: 'manual' })).status).toBe(307);
    await expect(fetch(url, { ...init, redirect: 'error' })).rejects.toThrow('fetch failed');
  });

  test('may come with another', async () => {
    const tx = await driver(database).begin();
    await tx.execute('insert into entries values (1)');
    endpoint().injectFault({ kind: 'swap-token' });
    endpoint().injectFault({ kind: 'drop', when: 'after' });
    expect((await failure(tx.execute('insert into entries values (2)'))).message).toBe('fetch failed');
    expect(await entries()).toEqual([2]);
  });
});
