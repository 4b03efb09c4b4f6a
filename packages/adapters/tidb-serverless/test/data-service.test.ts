import { inspect } from 'node:util';
import { failure } from '@sqlport/conformance/driver';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DataServiceConfig, dataService } from '../src/data-service/index.ts';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
let config: DataServiceConfig;
beforeAll(async () => {
  fixture = await Fixture.start();
  const db = fixture.connect();
  await db.query('create table users (id bigint primary key, name varchar(50))');
  await db.query("insert into users values (1, 'Ann'), (20008295419, 'Bob')");
  const { appId, key } = service();
  config = { region: 'us-east-1', app: appId, ...key, fetch: fixture.config.fetch };
  const database = fixture.database.name;
  const id = { type: 'INTEGER', required: true } as const;
  const name = { type: 'STRING' } as const;
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the service's own syntax
  const register = service().register.bind(service());
  register({
    method: 'GET',
    path: '/user',
    database,
    sql: 'select id, name from users where id = ${id}',
    parameters: { id },
  });
  register({
    method: 'GET',
    path: '/named/{name}',
    database,
    sql: 'select id from users where name = ${name}',
    parameters: { name },
  });
  register({
    method: 'POST',
    path: '/user',
    database,
    sql: 'insert into users values (${id}, ${name})',
    parameters: { id, name },
  });
  register({
    method: 'PUT',
    path: '/user',
    database,
    sql: 'update users set name = ${name} where id = ${id}',
    parameters: { id, name },
  });
  register({
    method: 'DELETE',
    path: '/user',
    database,
    sql: 'delete from users where id = ${id}',
    parameters: { id },
  });
  register({ method: 'GET', path: '/wrong', database, sql: 'select no_such_column from users' });
  register({ method: 'GET', path: '/draft', database, sql: 'select 1 as one' }, { deploy: false });
  register({ method: 'GET', path: '/slow', database, sql: 'select sleep(5) as slept' });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the service's own syntax
});
afterEach(() => {
  service().digestAlgorithms.splice(0, 9, 'MD5', 'SHA-256');
});
afterAll(() => fixture.stop());

const service = () => fixture.endpoint.dataService;
const client = (change: Partial<DataServiceConfig> = {}) => dataService({ ...config, ...change });

describe.each(['basic', 'digest'] as const)('with %s authentication', (auth) => {
  it('an endpoint is called with parameters in the URL', async () => {
    interface User {
      readonly id: string;
      readonly name: string;
    }
    const { rows, columns } = await client({ auth }).call<User>('/user', { id: 20008295419n });
    expect(rows).toEqual([{ id: '20008295419', name: 'Bob' }]);
    expect(columns).toEqual([
      { name: 'id', type: 'BIGINT', nullable: false },
      { name: 'name', type: 'VARCHAR', nullable: true },
    ]);
  });

  it('an endpoint is called with parameters in the body', async () => {
    const id = auth === 'basic' ? 2 : 3;
    const name = `O'Neil "${auth}" \\ 日本`;
    const { rowsAffected } = await client({ auth }).call('/user', { id, name }, { method: 'POST' });
    expect(rowsAffected).toBe(1);
    expect((await client().call('user', { id })).rows).toEqual([{ id: String(id), name }]);
  });

  it('an endpoint is called with PUT and DELETE', async () => {
    const id = auth === 'basic' ? 4 : 5;
    const own = client({ auth });
    await own.call('/user', { id, name: 'old' }, { method: 'POST' });
    expect((await own.call('/user', { id, name: 'new' }, { method: 'PUT' })).rowsAffected).toBe(1);
    expect((await own.call('/user', { id })).rows).toEqual([{ id: String(id), name: 'new' }]);
    expect((await own.call('/user', { id }, { method: 'DELETE' })).rowsAffected).toBe(1);
    expect((await own.call('/user', { id })).rows).toEqual([]);
  });

  it.each([`(O'Neil)!*`, '日本', '100%', 'a b', 'Ann'])('a value in the path arrives: %s', async (name) => {
    const own = client({ auth });
    await own.call('/user', { id: 6, name }, { method: 'POST' });
    try {
      expect((await own.call(`/named/${encodeURIComponent(name)}`)).rows).toContainEqual({ id: '6' });
    } finally {
      await own.call('/user', { id: 6 }, { method: 'DELETE' });
    }
  });

  it('a wrong key is AUTH, not applied', async () => {
    const error = await failure(client({ auth, privateKey: 'canary-key' }).call('/user', { id: 1 }));
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'not-applied' });
    expect(inspect(error, { depth: 9, getters: true })).not.toContain('canary');
  });
});

describe('Digest', () => {
  const statuses = async (work: () => Promise<unknown>) => {
    const before = service().calls.length;
    await work();
    return service()
      .calls.slice(before)
      .map(({ status }) => status);
  };

  it('asks for a nonce once, and again when it has expired', async () => {
    const own = client({ auth: 'digest' });
    expect(await statuses(() => own.call('/user', { id: 1 }))).toEqual([401, 200]);
    expect(await statuses(() => own.call('/user', { id: 1 }))).toEqual([200]);
    service().expireNonces();
    expect(await statuses(() => own.call('/user', { id: 1 }))).toEqual([401, 200]);
  });

  it('counts the uses of its nonce, also of calls at once', async () => {
    const own = client({ auth: 'digest' });
    await own.call('/user', { id: 1 });
    const calls = () => Promise.all(Array.from({ length: 5 }, () => own.call('/user', { id: 1 })));
    expect((await statuses(calls)).filter((status) => status === 200)).toHaveLength(5);
  });

  it.each(['MD5', 'SHA-256'] as const)('answers a server that offers %s', async (algorithm) => {
    service().digestAlgorithms.splice(0, 9, algorithm);
    expect((await client({ auth: 'digest' }).call('/user', { id: 1 })).rows).toHaveLength(1);
  });
});

describe('an endpoint', () => {
  it('that is not deployed answers to draft only', async () => {
    expect((await client({ draft: true }).call('/draft')).rows).toEqual([{ one: '1' }]);
    const error = await failure(client().call('/draft'));
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(error.message).toContain('draft');
  });

  it('whose SQL fails is an error, though its status is 200', async () => {
    expect(await failure(client().call('/wrong'))).toMatchObject({ code: 'SYNTAX', errno: 1054, outcome: 'unknown' });
    expect(service().calls.at(-1)?.status).toBe(200);
  });

  it('whose constraint is violated says which', async () => {
    const error = await failure(client().call('/user', { id: 1, name: 'canary' }, { method: 'POST' }));
    expect(error).toMatchObject({ code: 'CONSTRAINT', constraint: { kind: 'unique', name: 'PRIMARY' } });
    expect(inspect(error, { depth: 9, getters: true }) + error.message).not.toContain('canary');
  });

  it('without a parameter that it needs is DATA', async () => {
    expect(await failure(client().call('/user'))).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
  });

  it('that does not exist is CONFIG', async () => {
    expect(await failure(client().call('/nowhere'))).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  });

  it('called too often is THROTTLED, with the code', async () => {
    service().keys.set('rare', { privateKey: 'rare-key', requestsPerMinute: 1 });
    const own = client({ publicKey: 'rare', privateKey: 'rare-key' });
    const error = await failure(
      (async () => {
        for (let call = 0; call < 3; call++) await own.call('/user', { id: 1 });
      })(),
    );
    expect(error).toMatchObject({ code: 'THROTTLED', outcome: 'not-applied', retryable: true });
    expect(error.message).toContain('49900007');
  });

  it('is given up at once when the call is aborted, or out of time', async () => {
    const controller = new AbortController();
    const call = client().call('/slow', {}, { signal: controller.signal });
    controller.abort();
    expect(await failure(call)).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await failure(client().call('/slow', {}, { timeoutMs: 50 }))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
    expect(await failure(client({ requestTimeoutMs: 50 }).call('/slow'))).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('nothing is sent', () => {
  it.each(['', '/', '../x', '/a/../b', '/a/%2e%2e/b', 'a%2Fb', '//evil.example/x', '/a?b', '/a#b', 'a b', 5])(
    'for the path %s',
    async (path) => {
      const before = service().calls.length;
      expect(await failure(client().call(path as string))).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
      expect(service().calls.length).toBe(before);
    },
  );

  it.each(['GET', 'POST'] as const)('for parameters that are none, with %s', async (method) => {
    const before = service().calls.length;
    for (const params of [null, 5, 'a=b', [1]]) {
      expect(await failure(client().call('/user', params as never, { method }))).toMatchObject({ code: 'DATA' });
    }
    expect(service().calls.length).toBe(before);
  });

  it.each([undefined, null, Number.NaN, {}, [1], '\ud800'])('for the parameter %s in a URL', async (id) => {
    const error = await failure(client().call('/user', { id }));
    expect(error).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
    expect(error.message).toContain('"id"');
  });

  it.each([null, 5, { method: 'PATCH' }, { method: 'get' }, { timeoutMs: 0 }, { timeoutMs: '5' }, { signal: {} }])(
    'with the options %j',
    async (options) => {
      const before = service().calls.length;
      expect(await failure(client().call('/user', { id: 1 }, options as never))).toMatchObject({ code: 'DATA' });
      expect(service().calls.length).toBe(before);
    },
  );

  it.each([undefined, Number.POSITIVE_INFINITY, 1n, () => 1, Symbol('x'), { a: [Number.NaN] }])(
    'for the parameter %s in a body',
    async (id) => {
      expect(await failure(client().call('/user', { id }, { method: 'POST' }))).toMatchObject({ code: 'DATA' });
    },
  );

  it.each([
    ['region', 'us-east-1.evil.example'],
    ['app', '../x'],
    ['publicKey', 'a:b'],
    ['publicKey', 'ключ'],
    ['publicKey', 'a\nb'],
    ['privateKey', ''],
    ['auth', 'none'],
    ['draft', 'yes'],
    ['fetch', {}],
    ['requestTimeoutMs', 0],
    ['colour', 'red'],
  ])('with a wrong %s', (field, value) => {
    const work = async () => client({ [field]: value });
    return expect(failure(work())).resolves.toMatchObject({ code: 'CONFIG', message: expect.stringContaining(field) });
  });
});

it('shows no key', () => {
  expect(inspect(client({ privateKey: 'canary' }), { depth: 9, showHidden: true })).not.toContain('canary');
});

it('is not led elsewhere by what becomes of its configuration', async () => {
  const own: { -readonly [K in keyof DataServiceConfig]: DataServiceConfig[K] } = { ...config };
  const app = dataService(own);
  own.region = 'evil.example/';
  expect((await app.call('/user', { id: 1 })).rows).toHaveLength(1);
});
