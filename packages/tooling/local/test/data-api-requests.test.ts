import { createHash, createHmac } from 'node:crypto';
import type { RDSDataClientConfig } from '@aws-sdk/client-rds-data';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { DataApi, DataApiConfig, Local, LocalDatabase } from '../src/index.ts';
import { startLocal } from '../src/index.ts';
import { DataApiClient, failure, parameters } from './data-api-client.ts';

const shared = inject('sqlportLocal');
const minute = 60_000;
let local: Local;
let database: LocalDatabase;
let config: DataApiConfig;
let endpoint: DataApi;
let api: DataApiClient;
let now = 0;

beforeAll(async () => {
  local = await startLocal({ ...shared, clock: () => Date.now() + now });
  database = await local.createDatabase();
  config = database.configs['data-api-postgres'];
  endpoint = local.endpoints['data-api-postgres'];
  api = new DataApiClient(config);
});
afterEach(() => {
  now = 0;
  endpoint.engineVersion = 'v2';
});
afterAll(() => local.close());

const invalid = (message: string) => ({ name: 'ValidationException', status: 400, message });

/** Posts without the SDK. */
async function post(path: string, body: string, headers: Record<string, string> = {}, method = 'POST') {
  const response = await fetch(`${config.endpoint}${path}`, { method, body, headers });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), body: JSON.parse(text) };
}

/** Signs by hand, so that it can be done wrongly. */
function signed(
  body: string,
  changes: { path?: string; date?: string; scope?: string; headers?: string; query?: string } = {},
) {
  const date = changes.date ?? new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = changes.scope ?? `${date.slice(0, 8)}/${config.region}/rds-data/aws4_request`;
  const names = changes.headers ?? 'host;x-amz-date';
  const values: Record<string, string> = { host: new URL(config.endpoint).host, 'x-amz-date': date };
  const canonical = [
    ...['POST', changes.path ?? '/Execute', changes.query ?? ''],
    names
      .split(';')
      .map((name) => `${name}:${values[name] ?? ''}\n`)
      .join(''),
    ...[names, createHash('sha256').update(body).digest('hex')],
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  let key: string | Buffer = `AWS4${config.credentials.secretAccessKey}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).digest('hex');
  const credential = `${config.credentials.accessKeyId}/${scope}`;
  return {
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const selectOne = () => JSON.stringify({ ...api.base, sql: 'select 1' });

describe('a signature', () => {
  const send = (changes: RDSDataClientConfig) => failure(new DataApiClient(config, changes).execute('select 1'));

  test('of one’s own making is accepted, with a path before the operation’s and a query', async () => {
    expect(await post('/Execute', selectOne(), signed(selectOne()))).toMatchObject({ status: 200 });
    const elsewhere = signed(selectOne(), { path: '/a%2520b/v1/Execute', query: 'a=&a-b=2%2A' });
    expect(await post('/a%20b/v1/Execute?a-b=2%2A&a=', selectOne(), elsewhere)).toMatchObject({ status: 200 });
  });

  test('of the SDK is accepted under a base path', async () => {
    const client = new DataApiClient(config, { endpoint: `${config.endpoint}/some/base` });
    expect(await client.value('select 1')).toEqual({ longValue: 1 });
  });

  test('is asked for', async () => {
    expect(await post('/Execute', selectOne())).toEqual({
      status: 403,
      type: 'MissingAuthenticationTokenException',
      body: { message: 'Missing Authentication Token' },
    });
  });

  test('by an unknown key, or with a secret that is not the key’s', async () => {
    const { accessKeyId, secretAccessKey } = config.credentials;
    expect(await send({ credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey } })).toEqual({
      name: 'UnrecognizedClientException',
      status: 403,
      message: 'The security token included in the request is invalid.',
    });
    expect(await send({ credentials: { accessKeyId, secretAccessKey: 'guess' } })).toMatchObject({
      name: 'InvalidSignatureException',
      status: 403,
      message: expect.stringContaining('The request signature we calculated does not match'),
    });
  });

  test('for another region or service', async () => {
    expect(await send({ region: 'eu-west-1' })).toMatchObject({
      name: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region.',
    });
    const scope = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/${config.region}/rds/aws4_request`;
    expect(await post('/Execute', selectOne(), signed(selectOne(), { scope }))).toMatchObject({
      body: { message: "Credential should be scoped to correct service: 'rds-data'." },
    });
  });

  test('with temporary credentials needs their session token, and dies with them', async () => {
    const credentials = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'a/b+c', sessionToken: 'IQoJ/+==' };
    endpoint.credentials.set('ASIATEMPORARY', credentials);
    endpoint.policy.push({ accessKeyId: 'ASIATEMPORARY', action: '*', resource: '*' });
    expect(await new DataApiClient(config, { credentials }).value('select 1')).toEqual({ longValue: 1 });
    for (const sessionToken of ['other', undefined]) {
      const { accessKeyId, secretAccessKey } = credentials;
      const changed = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
      expect((await send({ credentials: changed })).name).toBe('UnrecognizedClientException');
    }
    endpoint.credentials.set('ASIATEMPORARY', { ...credentials, expiresAt: Date.now() - 1 });
    expect(await send({ credentials })).toEqual({
      name: 'ExpiredTokenException',
      status: 403,
      message: 'The security token included in the request is expired',
    });
  });

  test('from a clock that is wrong by more than five minutes', async () => {
    now = 4 * minute;
    expect((await post('/Execute', selectOne(), signed(selectOne()))).status).toBe(200);
    now = 6 * minute;
    const late = await post('/Execute', selectOne(), signed(selectOne()));
    expect(late).toMatchObject({ status: 403, type: 'InvalidSignatureException' });
    expect(late.body.message).toMatch(/^Signature expired: \w+ is now earlier than \w+ \(\w+ - 5 min\.\)$/);
    now = -6 * minute;
    const early = await post('/Execute', selectOne(), signed(selectOne()));
    expect(early.body.message).toMatch(/^Signature not yet current: /);
  });

  test('by the SDK corrects itself by the date of the answer', async () => {
    now = 60 * minute;
    const client = new DataApiClient(config, { maxAttempts: 2 });
    expect(await client.value('select 1')).toEqual({ longValue: 1 });
  });

  test.each<[string, () => [string, Record<string, string>], string]>([
    ['the body', () => [selectOne().replace('1', '2'), signed(selectOne())], 'The request signature we'],
    ['the path', () => [selectOne(), signed(selectOne(), { path: '/BatchExecute' })], 'The request signature we'],
    [
      'a date of another day',
      () => [selectOne(), signed(selectOne(), { scope: `20200101/${config.region}/rds-data/aws4_request` })],
      'Date in Credential',
    ],
    [
      'no signed host',
      () => [selectOne(), signed(selectOne(), { headers: 'x-amz-date' })],
      "'host' must be a 'SignedHeader'",
    ],
    [
      'an unsigned header',
      () => [selectOne(), { ...signed(selectOne()), 'x-amz-other': '1' }],
      "'x-amz-other' must be",
    ],
    [
      'no date',
      () => [selectOne(), { ...signed(selectOne()), 'x-amz-date': '' }],
      'Authorization header requires existence',
    ],
    ['no parts', () => [selectOne(), { authorization: 'AWS4-HMAC-SHA256 x' }], "requires 'Credential' parameter"],
    ['another algorithm', () => [selectOne(), { authorization: 'Bearer x' }], "Unsupported AWS 'algorithm': 'Bearer'"],
  ])('with %s is refused', async (_, make, message) => {
    const [body, headers] = make();
    const answer = await post('/Execute', body, headers);
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain(message);
  });
});

describe('access', () => {
  const denied = (action: string, resource: string) => ({
    name: 'AccessDeniedException',
    status: 403,
    message: `User: arn:aws:iam::123456789012:user/AKIALIMITED is not authorized to perform: ${action} on resource: ${resource}`,
  });

  test('is as the policy says', async () => {
    const credentials = { accessKeyId: 'AKIALIMITED', secretAccessKey: 'secret' };
    const { resourceArn, secretArn } = config;
    const limited = new DataApiClient(config, { credentials });
    endpoint.credentials.set('AKIALIMITED', credentials);
    expect(await failure(limited.begin())).toEqual(denied('rds-data:BeginTransaction', resourceArn));
    endpoint.policy.push({ accessKeyId: 'AKIALIMITED', action: 'rds-data:ExecuteStatement', resource: resourceArn });
    expect(await failure(limited.execute('select 1'))).toEqual(denied('secretsmanager:GetSecretValue', secretArn));
    endpoint.policy.push({ accessKeyId: '*', action: 'secretsmanager:GetSecretValue', resource: secretArn });
    expect(await limited.value('select 1')).toEqual({ longValue: 1 });
    expect(await failure(limited.begin())).toEqual(denied('rds-data:BeginTransaction', resourceArn));
    endpoint.policy.push({ accessKeyId: 'AKIALIMITED', action: 'rds-data:*', resource: resourceArn });
    expect(await limited.rollback(await limited.begin())).toBe('Rollback Complete');
  });

  test('needs a cluster with the endpoint enabled, and an instance', async () => {
    const { resourceArn } = config;
    const disabled = {
      name: 'HttpEndpointNotEnabledException',
      status: 400,
      message: `HttpEndpoint is not enabled for resource ${resourceArn}`,
    };
    endpoint.clusters.set(resourceArn, { httpEndpointEnabled: false });
    expect(await failure(api.execute('select 1'))).toEqual(disabled);
    endpoint.engineVersion = 'v1';
    expect(await failure(api.execute('select 1'))).toEqual({ ...disabled, name: 'BadRequestException' });
    endpoint.engineVersion = 'v2';
    endpoint.clusters.set(resourceArn, { hasInstance: false });
    expect(await failure(api.execute('select 1'))).toMatchObject({ name: 'DatabaseNotFoundException', status: 404 });
    endpoint.clusters.delete(resourceArn);
    expect(await failure(api.execute('select 1'))).toEqual(disabled);
    endpoint.clusters.set(resourceArn, {});
    expect(await api.value('select 1')).toEqual({ longValue: 1 });
  });

  test('needs a secret that can be read and is right', async () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mine-AbCdEf';
    const use = () => failure(api.execute('select 1', { secretArn: arn }));
    expect(await use()).toMatchObject({ name: 'SecretsErrorException', status: 400 });
    endpoint.secrets.set(arn, { state: 'unreadable' });
    expect(await use()).toMatchObject({ name: 'SecretsErrorException', status: 400 });
    endpoint.secrets.set(arn, { state: 'invalid' });
    expect(await use()).toMatchObject({ name: 'InvalidSecretException', status: 400 });
    endpoint.secrets.set(arn, { user: 'app', password: 'guess' });
    expect(await use()).toEqual({
      name: 'DatabaseErrorException',
      status: 400,
      message: 'FATAL: password authentication failed for user "app"; SQLState: 28P01',
    });
  });

  test('is there for every user that is made', async () => {
    await local.createUser("sqlport_o'neil");
    const secretArn = endpoint.secretArnOf("sqlport_o'neil");
    expect(secretArn).toMatch(/^arn:aws:secretsmanager:us-east-1:\d{12}:secret:sqlport\/sqlport_o_neil-\w{6}$/);
    const client = new DataApiClient({ ...config, secretArn, database: 'postgres' });
    expect(await client.value('select current_user::text')).toEqual({ stringValue: "sqlport_o'neil" });
  });

  test('fails for a database that is not there', async () => {
    expect(await failure(api.execute('select 1', { database: 'nowhere' }))).toMatchObject({
      name: 'DatabaseErrorException',
      message: 'FATAL: database "nowhere" does not exist; SQLState: 3D000',
    });
  });
});

describe('a request', () => {
  test.each<[string, object, string]>([
    [
      'a short ARN',
      { resourceArn: 'arn:aws:rd' },
      "Value at 'resourceArn' failed to satisfy constraint: Member must have length greater than or equal to 11",
    ],
    [
      'a long ARN',
      { secretArn: 'x'.repeat(571) },
      "Value at 'secretArn' failed to satisfy constraint: Member must have length less than or equal to 570",
    ],
    [
      'a long database name',
      { database: 'x'.repeat(65) },
      "Value at 'database' failed to satisfy constraint: Member must have length less than or equal to 64",
    ],
    ['a schema', { schema: 'public' }, "The schema parameter isn't supported"],
    [
      'continueAfterTimeout in a transaction',
      { continueAfterTimeout: true, transactionId: 'x' },
      'continueAfterTimeout is not supported',
    ],
    [
      'a statement of 65,537 characters',
      { sql: `select '${'x'.repeat(65_528)}'` },
      'Number of characters in SQLStatement is longer than 65536',
    ],
    [
      'an array parameter',
      { sql: 'select :a', parameters: [{ name: 'a', value: { arrayValue: { longValues: [1] } } }] },
      'Array parameters are not supported',
    ],
    [
      'a bad parameter name',
      { parameters: [{ name: '$1', value: { longValue: 1 } }] },
      'Named parameter syntax is invalid, input: $1',
    ],
    [
      'a parameter name beyond ASCII',
      { parameters: [{ name: 'mäil', value: { longValue: 1 } }] },
      'Named parameter syntax is invalid, input: mäil',
    ],
    [
      'an unknown type hint',
      { parameters: [{ name: 'a', value: { longValue: 1 }, typeHint: 'TIMESTAMPTZ' }] },
      "Value at 'typeHint'",
    ],
    ['two statements', { sql: "select ';' ; -- fine\n select 2" }, "Multistatements aren't supported."],
  ])('with %s is refused', async (_, members, message) => {
    const error = await failure(api.execute('select 1', members));
    expect(error).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  test('may end with a semicolon, and have some in literals', async () => {
    expect(await api.value("select ';x' ; -- the end\n ;")).toEqual({ stringValue: ';x' });
    await api.execute('do $$ begin perform 1; perform 2; end $$');
    await api.execute("do $a$ begin execute 'select $$;$$'; end $a$;");
  });

  test('that lacks a member, is no JSON or names no operation is refused', async () => {
    const missing = JSON.stringify({ ...api.base, sql: null });
    expect(await post('/Execute', missing, signed(missing))).toEqual({
      status: 400,
      type: 'ValidationException',
      body: {
        message: "1 validation error detected: Value at 'sql' failed to satisfy constraint: Member must not be null",
      },
    });
    for (const body of ['{', '[]', '{"resourceArn":1}']) {
      expect(await post('/Execute', body, signed(body))).toMatchObject({ status: 400, type: 'SerializationException' });
    }
    for (const path of ['/', '/Execut', '/toString', '/Execute/']) {
      expect(await post(path, '{}')).toMatchObject({ status: 404, type: 'UnknownOperationException' });
    }
    expect(await post('/Execute', '{}', {}, 'PUT')).toMatchObject({ type: 'UnknownOperationException' });
  });

  test('for ExecuteSql is refused', async () => {
    expect(await post('/ExecuteSql', '{}', signed('{}', { path: '/ExecuteSql' }))).toMatchObject({
      status: 400,
      type: 'BadRequestException',
      body: { message: expect.stringContaining('deprecated and not available') },
    });
  });

  test('has a limit for its size', async () => {
    const p = 'x'.repeat(4_194_304 - 2_000);
    expect(await api.value('select length(:p)', { parameters: parameters({ p }) })).toEqual({ longValue: p.length });
    expect(
      await failure(api.execute('select 1', { parameters: parameters({ p: `${p}${'x'.repeat(2_000)}` }) })),
    ).toMatchObject({
      name: 'RequestEntityTooLargeException',
      status: 413,
    });
  });

  test('is logged, without its parameters', async () => {
    const before = endpoint.calls.length;
    await api.execute('select :p', { parameters: parameters({ p: 'secret' }) });
    await failure(api.commit('nothing'));
    expect(endpoint.calls.slice(before)).toEqual([
      {
        operation: 'ExecuteStatement',
        sql: 'select :p',
        transactionId: undefined,
        status: 200,
        error: undefined,
        at: expect.any(Number),
      },
      {
        operation: 'CommitTransaction',
        sql: undefined,
        transactionId: 'nothing',
        status: 404,
        error: 'TransactionNotFoundException',
        at: expect.any(Number),
      },
    ]);
  });
});

describe('parameters on PostgreSQL', () => {
  test.each([
    ['long', 5, 'bigint'],
    ['double', 0.5, 'double precision'],
    ['string', 'x', 'text'],
    ['boolean', true, 'boolean'],
    ['blob', new Uint8Array([1]), 'bytea'],
  ])('a %s has a type of its own', async (_, p, type) => {
    const sql = 'select pg_typeof(:p)::text';
    expect(await api.value(sql, { parameters: parameters({ p }) })).toEqual({ stringValue: type });
  });

  test.each([
    ['DATE', '2024-01-01', 'date'],
    ['DECIMAL', '1.50', 'numeric'],
    ['JSON', '{}', 'json'],
    ['TIME', '10:00:00', 'time without time zone'],
    ['TIMESTAMP', '2024-01-01 10:00:00.5', 'timestamp without time zone'],
    ['UUID', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'uuid'],
  ] as const)('the hint %s makes it', async (typeHint, stringValue, type) => {
    const given = [{ name: 'p', value: { stringValue }, typeHint }];
    expect(await api.records('select pg_typeof(:p)::text, :p::text', { parameters: given })).toEqual([
      [{ stringValue: type }, { stringValue }],
    ]);
  });

  test('are text where the context would want another type', async () => {
    await api.execute("create type color as enum ('red')");
    await api.execute('create table typed (u uuid, c color, i inet, j jsonb, n int)');
    for (const column of ['u', 'c', 'i', 'j', 'n']) {
      const error = await failure(
        api.execute(`insert into typed (${column}) values (:p)`, { parameters: parameters({ p: '1' }) }),
      );
      expect(error.message).toMatch(
        /is of type \w+ but expression is of type text; Hint: .*; Position: \d+; SQLState: 42804$/,
      );
      await api.execute(`insert into typed (${column}) values (:p)`, { parameters: parameters({ p: null }) });
    }
    await api.execute('insert into typed (n) values (:n)', { parameters: parameters({ n: 5 }) });
    await api.execute('insert into typed (c) values (:c::color)', { parameters: parameters({ c: 'red' }) });
    expect(
      (await failure(api.execute('select 1::int4 << :p', { parameters: parameters({ p: 1 }) }))).message,
    ).toContain('operator does not exist: integer << bigint');
  });

  test('may be used twice, and not at all', async () => {
    expect(
      await api.records('select :a::text, :b::text, :a::text', { parameters: parameters({ a: 'x', b: 'y', c: 'z' }) }),
    ).toEqual([[{ stringValue: 'x' }, { stringValue: 'y' }, { stringValue: 'x' }]]);
  });

  test('that are missing are the server’s to refuse', async () => {
    expect((await failure(api.execute('select :a::int'))).message).toMatch(
      /^ERROR: bind message supplies 0 parameters.*; SQLState: 08P01$/,
    );
  });

  test('keep what an infinity and NaN are', async () => {
    for (const doubleValue of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(await api.value('select :p', { parameters: [{ name: 'p', value: { doubleValue } }] })).toEqual({
        doubleValue,
      });
    }
  });
});

test('sessions have the settings they are given', async () => {
  const settings = endpoint.sessionSettings;
  settings.set('TimeZone', 'Asia/Tokyo');
  settings.set('DateStyle', 'SQL, DMY').set('bytea_output', 'escape');
  const client = new DataApiClient({ ...config, database: 'simple_db' });
  const sql =
    "select timestamptz '2024-01-31 00:00:00Z', (timestamptz '2024-01-31 00:00:00Z')::text, '\\x00ff5c'::bytea";
  expect(await client.records(sql)).toEqual([
    [
      { stringValue: '31/01/2024 09:00:00 JST' },
      { stringValue: '31/01/2024 09:00:00 JST' },
      { blobValue: new Uint8Array([0, 255, 92]) },
    ],
  ]);
  settings.set('TimeZone', 'UTC').set('DateStyle', 'ISO, MDY').delete('bytea_output');
});

describe('placeholders', () => {
  const given = { parameters: parameters({ b: 'B' }) };

  test.each([
    [`select ':b' as ":b" -- :b`, { stringValue: ':b' }],
    ['/* :b */ select :b', { stringValue: 'B' }],
    [`select 'it''s :b'`, { stringValue: "it's :b" }],
    ['select 5::text', { stringValue: '5' }],
    ['select :b::text', { stringValue: 'B' }],
    ["select '{\"a\":1}'::jsonb->>'a'", { stringValue: '1' }],
  ])('are respected in %s', async (sql, field) => {
    expect(await api.value(sql, given)).toEqual(field);
  });

  test('are found in dollar quotes, to the text’s harm', async () => {
    expect(await api.value('select $$a :b c$$')).toEqual({ stringValue: 'a $1 c' });
    expect(await api.value('select $$a :b c$$', given)).toEqual({ stringValue: 'a $1 c' });
  });

  test('are found in array slices', async () => {
    expect((await failure(api.execute('select (array[1,2,3])[1:2]'))).message).toMatch(
      /^ERROR: syntax error at or near "\$1"; Position: \d+; SQLState: 42601$/,
    );
  });
});

describe('errors of PostgreSQL', () => {
  test('come for a NUL, in the text as in a parameter', async () => {
    for (const call of [
      api.execute("select 'a\0b'"),
      api.execute('select :p', { parameters: parameters({ p: '\0' }) }),
    ]) {
      expect((await failure(call)).message).toContain('invalid byte sequence for encoding "UTF8": 0x00');
    }
  });

  test('have all their parts in order, and their code at the end', async () => {
    expect(await failure(api.execute('select * from nowhere'))).toEqual({
      name: 'DatabaseErrorException',
      status: 400,
      message: 'ERROR: relation "nowhere" does not exist; Position: 15; SQLState: 42P01',
    });
    await api.execute('create table once (email text primary key)');
    const insert = () => api.execute("insert into once values ('x; SQLState: 40001')");
    await insert();
    const duplicate = [
      'ERROR: duplicate key value violates unique constraint "once_pkey"',
      'Detail: Key (email)=(x; SQLState: 40001) already exists.',
    ];
    expect((await failure(insert())).message).toBe(`${duplicate.join('; ')}; SQLState: 23505`);
    endpoint.engineVersion = 'v1';
    expect(await failure(insert())).toEqual({
      name: 'BadRequestException',
      status: 400,
      message: `${duplicate.join('\n  ')}; SQLState: 23505`,
    });
  });

  test('tell where a function broke', async () => {
    const { message } = await failure(api.execute("do $$ begin raise exception 'no' using hint = 'try'; end $$"));
    expect(message).toMatch(/^ERROR: no; Hint: try; Where: PL\/pgSQL function .*; SQLState: P0001$/);
  });

  test('name what cannot be copied', async () => {
    expect((await failure(api.execute('copy (select 1) to stdout'))).message).toContain(
      'unexpected message: CopyOutResponse',
    );
    expect((await failure(api.execute('copy once from stdin'))).name).toBe('DatabaseErrorException');
    expect(await api.value('select 1')).toEqual({ longValue: 1 });
  });
});

describe.skipIf(!shared.mysql)('MySQL', () => {
  let mysql: DataApiClient;
  beforeAll(() => {
    mysql = new DataApiClient(database.configs['data-api-mysql']);
  });

  test('takes parameters of every kind', async () => {
    const values = { s: "it's \\ ; -- :x", l: -5n, d: -0.5, b: true, x: new Uint8Array([0, 39, 255]), n: null };
    const sql = 'select :s, :l, :d, :b, :x, :n, 1-:l';
    expect(await mysql.records(sql, { parameters: parameters(values) })).toEqual([
      [
        { stringValue: values.s },
        { longValue: -5 },
        { stringValue: '-0.5' },
        { longValue: 1 },
        { blobValue: values.x },
        { isNull: true },
        { longValue: 6 },
      ],
    ]);
  });

  test('takes a hinted decimal for a number, and nothing else for one', async () => {
    const hinted = (stringValue: string) => ({
      parameters: [{ name: 'p', value: { stringValue }, typeHint: 'DECIMAL' as const }],
    });
    expect(await mysql.value('select :p + 1', hinted('1.50'))).toEqual({ stringValue: '2.50' });
    expect(await failure(mysql.execute('select :p', hinted('1; drop table x')))).toEqual(
      invalid('The parameter p is no decimal'),
    );
  });

  test('has placeholders of its own kind', async () => {
    const given = { parameters: parameters({ b: 'B' }) };
    const sql = 'select `:b`, \':b\', "it\\":b", @x := 5 # :b\n from (select 1 as `:b`) t';
    expect(await mysql.records(sql, given)).toEqual([
      [{ longValue: 1 }, { stringValue: ':b' }, { stringValue: 'it":b' }, { longValue: 5 }],
    ]);
    expect(await failure(mysql.execute('select 1 as a$b$c; select 1'))).toEqual(
      invalid("Multistatements aren't supported."),
    );
    expect(await failure(mysql.execute('select :missing'))).toEqual(invalid('Cannot find parameter: missing'));
  });

  test('has errors of its own form', async () => {
    const message = `Table '${database.name}.nowhere' doesn't exist`;
    expect((await failure(mysql.execute('select * from nowhere'))).message).toBe(
      `${message}; Error code: 1146; SQLState: 42S02`,
    );
    local.endpoints['data-api-mysql'].engineVersion = 'v1';
    expect(await failure(mysql.execute('select * from nowhere'))).toEqual({
      name: 'BadRequestException',
      status: 400,
      message: `Database error code: 1146. Message: ${message}`,
    });
    local.endpoints['data-api-mysql'].engineVersion = 'v2';
  });

  test('keeps its character set and settings through every reset', async () => {
    const settings = local.endpoints['data-api-mysql'].sessionSettings;
    settings.set('time_zone', '+09:00').set('sql_mode', 'NO_BACKSLASH_ESCAPES');
    const client = new DataApiClient({ ...database.configs['data-api-mysql'], database: 'simple_db' });
    for (let i = 0; i < 2; i++) {
      const sql = "select 'ü😀', :p, @@time_zone, @@character_set_client, @@character_set_results";
      const row = ['ü😀', 'ü\\', '+09:00', 'utf8mb4', 'utf8mb4'].map((stringValue) => ({ stringValue }));
      expect(await client.records(sql, { parameters: parameters({ p: 'ü\\' }) })).toEqual([row]);
    }
    settings.clear();
  });

  test('needs no database', async () => {
    expect(await mysql.value('select database()', { database: undefined })).toEqual({ isNull: true });
    expect((await failure(mysql.execute('select 1 from x', { database: undefined }))).message).toContain(
      'Error code: 1046',
    );
    expect((await failure(mysql.execute('select 1', { database: 'nowhere' }))).message).toMatch(
      /Error code: 10(44|49); /,
    );
  });
});

describe('ready configurations', () => {
  test('are there as URLs, too', () => {
    const { resourceArn, secretArn, endpoint: url } = config;
    const parsed = new URL(database.urls['data-api-postgres']);
    expect(parsed.href.split('?')[0]).toBe(`data-api://postgres/${database.name}`);
    expect([...parsed.searchParams]).toEqual([
      ['resourceArn', resourceArn],
      ['secretArn', secretArn],
      ['endpoint', url],
    ]);
    expect(parsed.search).toContain('&endpoint=http%3A%2F%2F127.0.0.1%3A');
    expect(local.defaults['data-api']).toEqual({ credentials: local.credentials });
    expect(config).toEqual({
      ...{ adapter: 'data-api', engine: 'postgres', resourceArn, secretArn, database: database.name },
      ...{ region: 'us-east-1', credentials: local.credentials, endpoint: `http://127.0.0.1:${endpoint.port}` },
    });
  });
});
