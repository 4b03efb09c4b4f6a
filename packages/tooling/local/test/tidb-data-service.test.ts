import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import DigestClient from 'digest-fetch';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type DataServiceControls, type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { findCurl } from './outside-tools.ts';
import { basic, driver } from './tidb-fixture.ts';

const run = promisify(execFile);
const { mysql: engine } = inject('sqlportLocal');
const curl = await findCurl();
const minute = 60_000;
let local: Local;
let database: LocalDatabase;
let service: DataServiceControls;
let now = 0;

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine, clock: () => now });
  database = await local.createDatabase();
  service = local.endpoints['tidb-serverless'].dataService;
  await driver(database).execute('create table users (id bigint primary key, name varchar(50), age int)');
  await driver(database).execute("insert into users values (1, 'Ann', 30), (2, 'Bob', null), (20008295419, 'Cid', 9)");
});
beforeEach(() => {
  // At the beginning of a minute, and each test in one of its own.
  now = (Math.floor(now / minute) + 1) * minute;
});
afterAll(() => local?.close());

interface Body {
  readonly type: string;
  readonly data: {
    readonly columns: readonly unknown[];
    readonly rows: readonly Record<string, string | null>[];
    readonly result: Readonly<Record<string, unknown>>;
  };
}

async function call(path: string, { headers, ...init }: RequestInit = {}) {
  const { publicKey, privateKey } = service.key;
  const response = await local.endpoints['tidb-serverless'].fetch(`${service.url}${path}`, {
    ...init,
    headers: { Authorization: basic(publicKey, privateKey), ...(headers as Record<string, string>) },
  });
  const body = (await response.json()) as Body;
  return { status: response.status, headers: response.headers, ...body.data, type: body.type };
}

describe.skipIf(!engine)('an endpoint of the Data Service', () => {
  beforeAll(() => {
    service.register({
      method: 'GET',
      path: '/user',
      database: database.name,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the service's own syntax
      sql: 'select id, name, age from users where id = ${ID}',
      parameters: { ID: { type: 'INTEGER', required: true } },
    });
  });

  test('gives rows, their description and how it went', async () => {
    expect(await call('/user?ID=20008295419')).toMatchObject({
      status: 200,
      type: 'sql_endpoint',
      columns: [
        { col: 'id', data_type: 'BIGINT', nullable: false },
        { col: 'name', data_type: 'VARCHAR', nullable: true },
        { col: 'age', data_type: 'INT', nullable: true },
      ],
      rows: [{ id: '20008295419', name: 'Cid', age: '9' }],
      result: {
        code: 200,
        message: 'ok',
        start_ms: now,
        end_ms: now,
        latency: '0ms',
        row_count: 1,
        row_affect: 0,
        limit: 1000,
        query: 'Query OK!',
      },
    });
    expect((await call('/user?ID=2')).rows).toEqual([{ id: '2', name: 'Bob', age: null }]);
  });

  test.each([
    ['', 'param check failed! ID is required'],
    ['?ID=', 'param check failed! ID is not of type INTEGER'],
    ['?ID=1%20or%201', 'param check failed! ID is not of type INTEGER'],
  ])('checks what it is given: %s', async (query, message) => {
    expect(await call(`/user${query}`)).toMatchObject({ status: 400, rows: [], result: { code: 400, message } });
  });

  test('that is not there, or not by this method, is refused', async () => {
    expect(await call('/nothing')).toMatchObject({ status: 404, result: { code: 404, message: 'endpoint not found' } });
    expect(await call('/user?ID=1', { method: 'POST' })).toMatchObject({ status: 404 });
    expect(await call('/user?ID=1', { method: 'PATCH' })).toMatchObject({ status: 405, result: { code: 405 } });
  });

  test('reports an SQL error with HTTP 200', async () => {
    service.register({ method: 'GET', path: '/broken', database: database.name, sql: 'select * from nowhere' });
    expect(await call('/broken')).toMatchObject({
      status: 200,
      columns: [],
      rows: [],
      result: { code: 1146, message: `Table '${database.name}.nowhere' doesn't exist`, start_ms: '', query: '' },
    });
  });

  test('writes, with parameters of every type from a JSON body', async () => {
    service.register({
      method: 'POST',
      path: '/users',
      database: database.name,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the service's own syntax
      sql: 'insert into users values (${id}, ${name}, ${age} + ${more})',
      parameters: {
        id: { type: 'INTEGER', required: true },
        name: { type: 'STRING' },
        age: { type: 'NUMBER', default: '-1' },
        more: { type: 'BOOLEAN', default: 'true' },
      },
    });
    const post = (body: unknown) => call('/users', { method: 'POST', body: JSON.stringify(body) });
    expect(await post({ id: 3, name: `O'Neil \\ "; drop table users` })).toMatchObject({
      rows: [],
      result: { code: 200, message: 'Query OK, 1 row affected (0.000 sec)', row_affect: 1 },
    });
    expect((await call('/user?ID=3')).rows).toEqual([{ id: '3', name: `O'Neil \\ "; drop table users`, age: '0' }]);
    expect((await post({ id: 4, name: 5 })).result).toMatchObject({ code: 400 });
    expect((await post([{ id: 4 }])).result).toMatchObject({
      message: 'param check failed! the body is not a JSON object',
    });
    expect(await post({ id: 3 })).toMatchObject({ status: 200, result: { code: 1062 } });
  });

  test('takes arrays, and parts of its path', async () => {
    service.register({
      method: 'GET',
      path: '/users/{name}',
      database: database.name,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the service's own syntax
      sql: 'select name from users where name = ${name} or id in (${ids}) order by id',
      parameters: {
        name: { type: 'STRING', required: true },
        ids: { type: 'ARRAY', itemType: 'INTEGER', default: '0' },
      },
      maxRows: 2,
    });
    service.register({ method: 'GET', path: '/users/all', database: database.name, sql: "select 'all' as who" });
    expect((await call('/users/An%6e?ids=2')).rows).toEqual([{ name: 'Ann' }, { name: 'Bob' }]);
    expect((await call('/users/nobody?ids=1,2,20008295419')).rows).toHaveLength(2);
    expect((await call('/users/nobody')).rows).toEqual([]);
    expect((await call('/users/all')).rows).toEqual([{ who: 'all' }]);
  });

  test('is called as a draft by its header, before it is deployed', async () => {
    const draft = { headers: { 'endpoint-type': 'draft' } };
    const endpoint = { method: 'GET', path: '/version', database: database.name } as const;
    service.register({ ...endpoint, sql: 'select 1 as v' }, { deploy: false });
    expect((await call('/version')).status).toBe(404);
    expect((await call('/version', draft)).rows).toEqual([{ v: '1' }]);
    service.register({ ...endpoint, sql: 'select 2 as v' });
    service.register({ ...endpoint, sql: 'select 3 as v' }, { deploy: false });
    expect((await call('/version')).rows).toEqual([{ v: '2' }]);
    expect((await call('/version', draft)).rows).toEqual([{ v: '3' }]);
  });

  test('cannot be registered with a mistake', () => {
    const endpoint = { method: 'GET', path: '/x', database: database.name } as const;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the service's own syntax
    expect(() => service.register({ ...endpoint, sql: 'select ${a}' })).toThrow('The parameter "a" of /x');
    expect(() => service.register({ ...endpoint, path: 'x', sql: 'select 1' })).toThrow('"x" is no path');
  });
});

describe.skipIf(!engine)('a key of the Data Service', () => {
  beforeAll(() => service.register({ method: 'GET', path: '/one', database: database.name, sql: 'select 1 as one' }));

  test('must be right', async () => {
    const { publicKey, privateKey } = service.key;
    for (const authorization of ['', basic(publicKey, 'wrong'), basic('unknown', privateKey), 'Bearer x']) {
      const refused = await call('/one', { headers: { Authorization: authorization } });
      expect(refused).toMatchObject({ status: 401, result: { code: 401, message: 'auth failed' } });
      expect(refused.headers.get('www-authenticate')).toMatch(/^Digest realm="[^"]+", qop="auth", algorithm=SHA-256/);
    }
    expect(service.calls.at(-1)).toEqual({
      method: 'GET',
      path: '/one',
      publicKey: undefined,
      authentication: undefined,
      status: 401,
      code: 401,
      at: now,
    });
  });

  test('may end', async () => {
    const { publicKey, privateKey } = service.key;
    service.keys.set(publicKey, { privateKey, expiresAt: now + 1000 });
    expect((await call('/one')).status).toBe(200);
    now += 1000;
    expect(await call('/one')).toMatchObject({ status: 401, result: { code: 49900002 } });
    service.keys.set(publicKey, { privateKey });
  });

  test('is good for a hundred requests a minute', async () => {
    now += 20_000;
    for (let left = 99; left >= 0; left--) {
      expect((await call('/one')).headers.get('x-ratelimit-remaining-minute')).toBe(String(left));
    }
    const refused = await call('/one');
    expect(refused).toMatchObject({ status: 429, type: '', result: { code: 49900007 } });
    expect(refused.headers.get('x-ratelimit-limit-minute')).toBe('100');
    expect(refused.headers.get('x-ratelimit-reset')).toBe('40');
    service.keys.set('other', { privateKey: 'x', requestsPerMinute: 1 });
    const other = { headers: { Authorization: basic('other', 'x') } };
    expect((await call('/one', other)).status).toBe(200);
    expect((await call('/one', other)).status).toBe(429);
    now += 40_000;
    expect((await call('/one')).status).toBe(200);
  });
});

describe.skipIf(!engine || 'missing' in curl)('Digest authentication by curl', () => {
  beforeAll(() =>
    service.register({ method: 'GET', path: '/digest', database: database.name, sql: 'select 1 as one' }),
  );

  const key = () => `${service.key.publicKey}:${service.key.privateKey}`;

  /** Lets curl ask so many times. `statuses`: of all requests that it made; `sent`: the last credentials it used. */
  async function byCurl(user: string, times = 1) {
    const { port } = local.endpoints['tidb-serverless'];
    const url = `http://127.0.0.1:${port}${new URL(service.url).pathname}/digest?a=b%20c,d`;
    const before = service.calls.length;
    const urls = Array.from({ length: times }, () => url);
    const { stdout, stderr } = await run('curl', ['-sS', '-v', '-g', '--digest', '--user', user, ...urls]);
    const sent = [...stderr.matchAll(/^> Authorization: (.*?)\r?$/gm)].at(-1)?.[1];
    return { statuses: service.calls.slice(before).map(({ status }) => status), sent, stdout };
  }

  test.each(['MD5', 'SHA-256'] as const)('works with %s', async (algorithm) => {
    const before = service.digestAlgorithms.splice(0, 2, algorithm);
    const { statuses, stdout } = await byCurl(key());
    expect(statuses).toEqual([401, 200]);
    expect((JSON.parse(stdout) as Body).data.rows).toEqual([{ one: '1' }]);
    expect(service.calls.at(-1)).toMatchObject({ publicKey: service.key.publicKey, authentication: 'digest' });
    expect((await byCurl(`${service.key.publicKey}:wrong`)).statuses).toEqual([401, 401]);
    expect((await byCurl(`nobody:${service.key.privateKey}`)).statuses).toEqual([401, 401]);
    service.digestAlgorithms.splice(0, 1, ...before);
  });

  test('takes no request twice, and no credentials for another request', async () => {
    const { sent } = await byCurl(key());
    const [headers, target] = [{ Authorization: sent! }, '/digest?a=b%20c,d'];
    const replayed = await call(target, { headers });
    expect(replayed.status).toBe(401);
    expect(replayed.headers.get('www-authenticate')).toContain('stale=true');
    for (const other of [await call('/digest', { headers }), await call(target, { headers, method: 'DELETE' })]) {
      expect(other.status).toBe(401);
      expect(other.headers.get('www-authenticate')).not.toContain('stale=true');
    }
  });
});

test.skipIf(!engine).each(['MD5', 'SHA-256'] as const)(
  'Digest by npm’s client uses a nonce until it is stale (%s)',
  async (algorithm) => {
    const before = service.digestAlgorithms.splice(0, 2, algorithm);
    service.register({ method: 'GET', path: '/nonces', database: database.name, sql: 'select 1 as one' });
    const { publicKey, privateKey } = service.key;
    const client = new DigestClient(publicKey, privateKey, { algorithm });
    const statusesOf = async (ask: () => Promise<unknown>): Promise<number[]> => {
      const from = service.calls.length;
      await ask();
      return service.calls.slice(from).map(({ status }) => status);
    };
    const ask = async () => {
      const { port } = local.endpoints['tidb-serverless'];
      const response = await client.fetch(`http://127.0.0.1:${port}${new URL(service.url).pathname}/nonces`);
      expect(response.status).toBe(200);
      await response.body?.cancel();
    };
    expect(await statusesOf(ask)).toEqual([401, 200]);
    for (let i = 0; i < 12; i++) expect(await statusesOf(ask)).toEqual([200]);
    service.expireNonces();
    expect(await statusesOf(ask)).toEqual([401, 200]);
    expect(client.lastAuth).toContain('stale=true');
    now += 5 * minute - 1;
    expect(await statusesOf(ask)).toEqual([200]);
    now += 1;
    expect(await statusesOf(ask)).toEqual([401, 200]);
    service.digestAlgorithms.splice(0, 1, ...before);
  },
);
