import type { Config, FullResult } from '@tidbcloud/serverless';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { basic, driver, failure, post } from './tidb-fixture.ts';

const { mysql: engine } = inject('sqlportLocal');
let local: Local;
let database: LocalDatabase;

beforeAll(async () => {
  if (!engine) return;
  local = await startLocal({ postgres: false, mysql: engine });
  database = await local.createDatabase();
});
afterAll(() => local?.close());

const endpoint = () => local.endpoints['tidb-serverless'];
const full = (sql: string, config?: Config) =>
  driver(database, config).execute(sql, null, { fullResult: true }) as Promise<FullResult>;

describe.skipIf(!engine)('the npm driver', () => {
  test('reaches the real engine as the user it named, in its database', async () => {
    const rows = await driver(local).execute('select current_user() as who, database() as db');
    expect(rows).toEqual([{ who: 'app@%', db: 'simple_db' }]);
  });

  test('needs no database', async () => {
    expect(await driver(local, { database: '' }).execute('select database() as db')).toEqual([{ db: null }]);
  });

  test('is led there by a URL, too', async () => {
    const url = local.urls['tidb-serverless'].replace('tidb-serverless:', 'mysql:');
    const { fetch } = local.defaults['tidb-serverless'];
    expect(await driver(local, { url, fetch }).execute('select 1 as one')).toEqual([{ one: '1' }]);
  });

  test('gets counts and ids of what it writes', async () => {
    await full('create table counts (id bigint unsigned auto_increment primary key, n int)');
    expect(await full('insert into counts (n) values (1), (2), (3)')).toMatchObject({
      rows: [],
      types: {},
      rowsAffected: 3,
      lastInsertId: '1',
    });
    expect((await full('insert into counts values (18446744073709551614, 9)')).lastInsertId).toBe(
      '18446744073709551614',
    );
    expect(await full('update counts set n = 2 where n <= 2')).toMatchObject({ rowsAffected: 1, lastInsertId: '0' });
    expect(await full('select n from counts where id = 2')).toMatchObject({
      rows: [{ n: 2 }],
      rowsAffected: null,
      lastInsertId: null,
    });
  });

  test('gets every type under its name, and every value as the driver decodes it', async () => {
    const columns: [definition: string, literal: string, type: string, value: unknown][] = [
      ['tinyint', '-128', 'TINYINT', -128],
      ['tinyint unsigned', '255', 'UNSIGNED TINYINT', 255],
      ['smallint unsigned', '65535', 'UNSIGNED SMALLINT', 65535],
      ['mediumint', '-8388608', 'MEDIUMINT', -8388608],
      ['int unsigned', '4294967295', 'UNSIGNED INT', 4294967295],
      ['bigint', '-9223372036854775808', 'BIGINT', '-9223372036854775808'],
      ['bigint unsigned', '18446744073709551615', 'UNSIGNED BIGINT', '18446744073709551615'],
      ['boolean', 'true', 'TINYINT', 1],
      ['float', '1.5', 'FLOAT', 1.5],
      ['double', '0.1', 'DOUBLE', 0.1],
      ['decimal(38, 19)', '123456789012.5', 'DECIMAL', '123456789012.5000000000000000000'],
      ['char(3)', "'é'", 'CHAR', 'é'],
      ['varchar(9)', "'測試😀'", 'VARCHAR', '測試😀'],
      ['tinytext', "'a'", 'TINYTEXT', 'a'],
      ['text', "'a'", 'TEXT', 'a'],
      ['text character set latin1', "'é'", 'TEXT', 'é'],
      ['mediumtext', "'a'", 'MEDIUMTEXT', 'a'],
      ['longtext', "'a'", 'LONGTEXT', 'a'],
      ['binary(4)', "x'ff00'", 'BINARY', new Uint8Array([255, 0, 0, 0])],
      ['varbinary(4)', "x'ff00'", 'VARBINARY', new Uint8Array([255, 0])],
      ['tinyblob', "x'ff00'", 'TINYBLOB', new Uint8Array([255, 0])],
      ['blob', "x'ff00'", 'BLOB', new Uint8Array([255, 0])],
      ['mediumblob', "x'ff00'", 'MEDIUMBLOB', new Uint8Array([255, 0])],
      ['longblob', "x'ff00'", 'LONGBLOB', new Uint8Array([255, 0])],
      ['bit(12)', "b'101010101010'", 'BIT', new Uint8Array([10, 170])],
      ['date', "'1977-01-01'", 'DATE', '1977-01-01'],
      ['time(3)', "'-838:59:59'", 'TIME', '-838:59:59.000'],
      ['datetime(6)', "'9999-12-31 23:59:59.5'", 'DATETIME', '9999-12-31 23:59:59.500000'],
      ['timestamp', "'1973-12-30 15:30:00'", 'TIMESTAMP', '1973-12-30 15:30:00'],
      ['year', '2154', 'YEAR', 2154],
      ["enum('a', 'b')", "'b'", 'ENUM', 'b'],
      ["set('a', 'b')", "'a,b'", 'SET', 'a,b'],
      ['json', `'{"a": [1, "é"]}'`, 'JSON', { a: [1, 'é'] }],
    ];
    await full(`create table every_type (${columns.map(([type], i) => `c${i} ${type}`)})`);
    await full(`insert into every_type values (${columns.map(([, literal]) => literal)})`);
    const { types, rows } = await full('select * from every_type');
    expect(rows).toEqual([Object.fromEntries(columns.map(([, , , value], i) => [`c${i}`, value]))]);
    expect(types).toEqual(Object.fromEntries(columns.map(([, , type], i) => [`c${i}`, type])));
    await full('insert into every_type () values ()');
    expect(Object.values((await full('select * from every_type'))!.rows![1]!)).toEqual(columns.map(() => null));
  });

  test('gets errors with status and code', async () => {
    const { status, message, details } = await failure(full('select * from nowhere'));
    expect({ status, message, details }).toEqual({
      status: 500,
      message: `Error 1146 (42S02): Table '${database.name}.nowhere' doesn't exist`,
      details: { code: 151100004, message },
    });
  });

  test('sees the session of TiDB, whatever the engine’s own defaults are', async () => {
    const variables = "@@sql_mode as mode, @@time_zone as zone, @@autocommit as auto, 'a' = 'A' as same";
    expect(await driver(local).execute(`select ${variables}, @@collation_connection as collation`)).toEqual([
      {
        mode: 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
        zone: 'SYSTEM',
        auto: '1',
        same: '0',
        collation: 'utf8mb4_bin',
      },
    ]);
    const { sessionVariables } = endpoint();
    const before = sessionVariables['time_zone']!;
    sessionVariables['time_zone'] = '+09:00';
    expect(await driver(local).execute('select @@time_zone as zone')).toEqual([{ zone: '+09:00' }]);
    sessionVariables['time_zone'] = before;
  });

  test('finds nothing left of the state of a statement before it', async () => {
    const connection = driver(local);
    await connection.execute('set @left = 1, sql_mode = ""');
    await connection.execute("select get_lock('left', 0)");
    const state = "select @left as variable, @@sql_mode = '' as mode, is_free_lock('left') as free";
    for (let i = 0; i < 10; i++) {
      expect(await connection.execute(state)).toEqual([{ variable: null, mode: '0', free: '1' }]);
    }
  });

  test('may send hundreds of statements at once', async () => {
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => driver(local).execute(`select ${n} as n`)));
    expect(results).toEqual(Array.from({ length: 300 }, (_, n) => [{ n: String(n) }]));
  });

  test('shares a bounded number of server connections with all others', async () => {
    const { calls } = endpoint();
    const holder = await driver(local).persist();
    const lock = "select get_lock('bounded', 60) as got";
    await holder.execute(lock);
    const before = calls.length;
    const waiting = Array.from({ length: 60 }, () => driver(local).execute(lock));
    await vi.waitUntil(() => calls.length === before + 60 && endpoint().serverConnections >= 40, { timeout: 10_000 });
    expect(endpoint().serverConnections).toBe(40);
    await holder.close();
    expect(new Set((await Promise.all(waiting)).map((rows) => JSON.stringify(rows)))).toEqual(
      new Set(['[{"got":"1"}]']),
    );
  });
});

describe.skipIf(!engine)('a user', () => {
  test.each<[why: string, change: (config: { user: string; password: string }) => Config]>([
    ['a wrong password', () => ({ password: 'wrong' })],
    ['no prefix', () => ({ username: 'app' })],
    ['an unknown name', ({ user }) => ({ username: `${user}x` })],
  ])('with %s is refused', async (_, change) => {
    const error = await failure(full('select 1', change(local.configs['tidb-serverless'])));
    expect(error).toMatchObject({ status: 401, message: expect.stringContaining('Error 1045 (28000): Access denied') });
  });

  test('without credentials is refused', async () => {
    expect(await post(local, 'select 1', { headers: { Authorization: '' } })).toMatchObject({ status: 401 });
  });

  test('may have a password beyond Latin-1, which the driver cannot send', async () => {
    await local.createUser('mel');
    const user = endpoint().clientUser('mel');
    endpoint().setPassword('mel', 'пароль:密码');
    const headers = { Authorization: basic(user, 'пароль:密码'), 'TiDB-Database': '' };
    expect(await post(local, 'select current_user() as who', { headers })).toMatchObject({
      body: { rows: [['mel@%']] },
    });
    const error = await failure(driver(local, { username: user, password: 'пароль:密码' }).execute('select 1'));
    expect(error.name).toBe('InvalidCharacterError');
  });

  test('of one cluster has no rights beyond its own', async () => {
    const error = await failure(full('select 1', { database: 'mysql' }));
    expect(error.message).toMatch(/^Error 1044 \(42000\): Access denied for user 'app'/);
  });
});

describe.skipIf(!engine)('/v1beta/sql', () => {
  test('writes cells as text, and leaves out the table of what has none', async () => {
    const { body } = await post(database, "select 1 as n, null as n, x'0aff' as b");
    expect(body).toEqual({
      types: [
        { name: 'n', type: 'BIGINT', nullable: false },
        { name: 'n', type: 'NULL', nullable: true },
        { name: 'b', type: 'VARBINARY', nullable: false },
      ],
      rows: [['1', null, '0aff']],
      rowsAffected: null,
      sLastInsertID: null,
    });
    expect((await post(database, 'do 1')).body).toEqual({ rowsAffected: 0, sLastInsertID: '0' });
  });

  test('compresses for who accepts it, and repeats the trace id', async () => {
    const plain = await post(local, 'select 1', { headers: { 'Accept-Encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const headers = { 'Accept-Encoding': 'gzip', 'X-Debug-Trace-Id': 'abc' };
    const packed = await post(local, 'select 1', { headers });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.headers.get('x-debug-trace-id')).toBe('abc');
    expect(packed.body).toMatchObject({ rows: [['1']] });
  });

  test('writes SQL errors in the form that is chosen', async () => {
    const { options } = endpoint();
    options.errorForm = 'code';
    const near = /^You have an error in your SQL syntax/;
    expect(await post(local, 'selec')).toMatchObject({
      status: 400,
      body: { code: 1064, message: expect.stringMatching(near) },
    });
    options.errorForm = 'code-text';
    expect((await post(local, 'selec')).body).toMatchObject({ code: '1064' });
    options.errorForm = 'message';
    expect(await post(local, 'selec')).toMatchObject({
      status: 500,
      body: { code: 151100004, message: expect.stringMatching(/^Error 1064 \(42000\): /) },
    });
  });

  test('takes one statement a request', async () => {
    expect((await post(local, 'select 1; select 2')).body).toMatchObject({
      message: expect.stringContaining('Error 1064'),
    });
    expect((await post(local, '')).body).toMatchObject({ message: 'Error 1065 (42000): Query was empty' });
  });

  test('gives at most 10,000 rows', async () => {
    const digits = '(select 0 as d union all select 1 union all select 2 union all select 3 union all select 4)';
    const rows = `from ${Array.from('abcdef', (name) => `${digits} ${name}`)}`;
    expect((await post(local, `select 1 ${rows} limit 10000`)).body.rows).toHaveLength(10_000);
    expect(await post(local, `select 1 ${rows} limit 10001`)).toMatchObject({
      status: 500,
      body: { code: 151100004, message: 'the result has more than 10000 rows, please limit it' },
    });
  });

  test.each([
    ['set session transaction isolation level serializable', 8048],
    ["set @@session.transaction_isolation = 'SERIALIZABLE'", 8048],
    ['set transaction isolation level read uncommitted', 8048],
    ['start transaction read only', 1235],
    ['create procedure p() select 1', 1064],
    ['call p()', 1064],
  ])('refuses what TiDB does: %s', async (sql, errno) => {
    expect((await post(database, sql)).body).toMatchObject({ message: expect.stringContaining(`Error ${errno} (`) });
  });

  test('refuses what is no such request', async () => {
    for (const body of ['', '[', '{}', '{"query":1}']) {
      expect((await post(local, '', { body })).status).toBe(400);
    }
    const { host, fetch } = local.configs['tidb-serverless'];
    expect((await fetch(`https://http-${host}/v1beta/sql`)).status).toBe(405);
    expect((await fetch(`https://http-${host}/v1beta/other`)).status).toBe(404);
    expect((await fetch(`https://http-${host}//`)).status).toBe(404);
  });

  test('is logged without passwords', async () => {
    const { calls } = endpoint();
    const before = calls.length;
    await driver(database).execute('select 1 as logged');
    expect(calls.slice(before)).toEqual([
      {
        sql: 'select 1 as logged',
        session: '',
        replySession: expect.stringMatching(/^[\w-]{32}$/),
        status: 200,
        user: 'app',
        database: database.name,
        isolation: undefined,
        action: undefined,
        at: expect.any(Number),
      },
    ]);
  });
});

describe.skipIf(!engine)('its fetch', () => {
  test('refuses every other host and scheme', async () => {
    const { host, fetch } = local.configs['tidb-serverless'];
    const { refusedHosts } = endpoint();
    const before = refusedHosts.length;
    for (const url of [
      `https://${host}/`,
      `http://http-${host}/`,
      `https://http-${host}:8443/`,
      'https://a.example/',
    ]) {
      await expect(fetch(url)).rejects.toThrow(TypeError);
    }
    expect(refusedHosts.slice(before)).toEqual([host, `http-${host}`, `http-${host}:8443`, 'a.example']);
  });

  test('can be aborted', async () => {
    const { host, user, password, fetch } = local.configs['tidb-serverless'];
    const request = fetch(`https://http-${host}/v1beta/sql`, {
      method: 'POST',
      headers: { Authorization: basic(user, password) },
      body: '{"query":"do sleep(0.2)"}',
      signal: AbortSignal.timeout(50),
    });
    await expect(request).rejects.toThrow(/aborted due to timeout/);
  });
});
