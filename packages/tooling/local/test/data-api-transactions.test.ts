import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type DataApi, type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { DataApiClient, failure, parameters } from './data-api-client.ts';

const shared = inject('sqlportLocal');
const patience = { timeout: 10_000 };
const minute = 60_000;
const names = ['data-api-postgres', ...(shared.mysql ? ['data-api-mysql'] : [])] as (
  | 'data-api-postgres'
  | 'data-api-mysql'
)[];
let local: Local;
let database: LocalDatabase;
let now = 0;

beforeAll(async () => {
  local = await startLocal({ ...shared, clock: () => Date.now() + now });
  database = await local.createDatabase();
});
afterEach(() => {
  now = 0;
});
afterAll(() => local.close());

/** How many sessions the server itself sees on the database. */
async function sessionsOn(name: string, on: string): Promise<number> {
  if (name === 'data-api-postgres') {
    const client = new pg.Client({ connectionString: local.postgres!.url });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as n from pg_stat_activity where datname = $1', [on]);
    await client.end();
    return rows[0].n;
  }
  const connection = await mysql.createConnection(local.mysql!.url);
  const sql = 'select count(*) as n from information_schema.processlist where db = ?';
  const [rows] = await connection.query<mysql.RowDataPacket[]>(sql, [on]);
  await connection.end();
  return rows[0]!['n'];
}

describe.each(names)('a transaction on %s', (name) => {
  const isPostgres = name === 'data-api-postgres';
  const sleep = (seconds: number) => (isPostgres ? `select pg_sleep(${seconds})` : `select sleep(${seconds})`);
  let api: DataApiClient;
  let endpoint: DataApi;

  const count = async (transactionId?: string) =>
    (await api.value('select count(*) from t', transactionId ? { transactionId } : {})) as { longValue: number };
  const insert = (transactionId?: string) =>
    api.execute('insert into t (v) values (1)', transactionId ? { transactionId } : {});
  const notFound = (id: string, reason: string) => ({
    name: 'TransactionNotFoundException',
    status: 404,
    message: `Transaction ${id} is not found. ${reason}`,
  });
  /** Moves the clock, and the client's with it. */
  const advance = (ms: number): void => {
    now += ms;
    api.sdk.config.systemClockOffset = now;
  };

  beforeAll(async () => {
    endpoint = local.endpoints[name];
    api = new DataApiClient(database.configs[name]);
    await api.execute('create table t (id int, v int)');
  });
  afterEach(() => {
    now = 0;
    api.sdk.config.systemClockOffset = 0;
    endpoint.limits.statementMs = 45_000;
    endpoint.limits.connections = 500;
    endpoint.engineVersion = 'v2';
  });

  test(
    '300 are open at the same time',
    async () => {
      endpoint.limits.connections = 500;
      const ids = await Promise.all(Array.from({ length: 300 }, () => api.begin()));
      expect(endpoint.openTransactions).toBe(300);
      const rows = await Promise.all(ids.map((transactionId) => api.value('select 1', { transactionId })));
      expect(rows).toEqual(ids.map(() => ({ longValue: 1 })));
      await Promise.all(ids.map((id) => api.rollback(id)));
      expect(endpoint.openTransactions).toBe(0);
      await expect.poll(() => endpoint.serverConnections, patience).toBe(0);
    },
    minute,
  );

  test('is seen by nobody until it is committed, and by nobody when it is not', async () => {
    const before = (await count()).longValue;
    const id = await api.begin();
    expect(id.length).toBeLessThanOrEqual(192);
    await insert(id);
    await api.batch('insert into t (v) values (:v)', [parameters({ v: 1 }), parameters({ v: 2 })], {
      transactionId: id,
    });
    expect((await count(id)).longValue).toBe(before + 3);
    expect((await count()).longValue).toBe(before);
    expect(await api.commit(id)).toBe('Transaction Committed');
    expect((await count()).longValue).toBe(before + 3);
    const other = await api.begin();
    await insert(other);
    expect(await api.rollback(other)).toBe('Rollback Complete');
    expect((await count()).longValue).toBe(before + 3);
  });

  test('is over when it is ended, and is not another’s', async () => {
    const id = await api.begin();
    const { secretArn } = api.base;
    await local.createUser('sqlport_other');
    api.base.secretArn = endpoint.secretArnOf('sqlport_other');
    expect(await failure(api.execute('select 1', { transactionId: id }))).toEqual(
      notFound(id, 'Transaction may be expired.'),
    );
    api.base.secretArn = secretArn;
    expect((await failure(api.execute('select 1', { transactionId: id, database: 'other' }))).message).toBe(
      'Database name is not the same as transaction database',
    );
    await api.commit(id);
    const ended = notFound(id, 'One previous call resulted in a termination of your transaction.');
    expect(await failure(api.commit(id))).toEqual(ended);
    expect(await failure(api.rollback(id))).toEqual(ended);
    expect(await failure(insert(id))).toEqual(ended);
    endpoint.engineVersion = 'v1';
    expect(await failure(insert(id))).toEqual({ ...ended, name: 'BadRequestException', status: 400 });
  });

  test('runs one query at a time, and says so at once', async () => {
    const id = await api.begin();
    const busy = api.execute(sleep(0.5), { transactionId: id });
    await expect.poll(() => endpoint.calls.at(-1)?.sql, patience).toBe(sleep(0.5));
    for (const call of [() => insert(id), () => api.commit(id), () => api.rollback(id)]) {
      expect(await failure(call())).toEqual({
        name: 'DatabaseErrorException',
        status: 400,
        message: 'Transaction is still running a query',
      });
    }
    await busy;
    expect(await api.commit(id)).toBe('Transaction Committed');
  });

  test('ends on demand, when no call uses it and none has for so long', patience, async () => {
    const before = (await count()).longValue;
    const [idle, busy] = [await api.begin(), await api.begin()];
    await insert(idle);
    const running = api.execute(sleep(1), { transactionId: busy });
    await expect.poll(() => endpoint.calls.at(-1)?.sql, patience).toBe(sleep(1));
    endpoint.expireTransactions(minute);
    expect(endpoint.openTransactions).toBe(2);
    endpoint.expireTransactions();
    expect(endpoint.openTransactions).toBe(1);
    await running;
    await api.commit(busy);
    expect(await failure(api.commit(idle))).toEqual(notFound(idle, 'Transaction may be expired.'));
    expect((await count()).longValue).toBe(before);
  });

  test('ends after three idle minutes, and its server connection with it', async () => {
    const id = await api.begin();
    await insert(id);
    const before = (await count()).longValue;
    advance(3 * minute - 1_000);
    await insert(id);
    advance(3 * minute);
    await expect.poll(() => endpoint.openTransactions, patience).toBe(0);
    expect(await failure(insert(id))).toEqual(notFound(id, 'Transaction may be expired.'));
    expect((await count()).longValue).toBe(before);
    const late = await api.begin();
    advance(3 * minute);
    expect(await failure(api.commit(late))).toEqual(notFound(late, 'Transaction may be expired.'));
  });

  test('ends after a day, however busy', async () => {
    const id = await api.begin();
    for (let passed = 2.9; passed < 24 * 60; passed += 2.9) {
      advance(2.9 * minute);
      await api.execute('select 1', { transactionId: id });
    }
    advance(2.9 * minute);
    expect(await failure(insert(id))).toEqual(notFound(id, 'Transaction may be expired.'));
  });

  test('is lost with a result that is too large', async () => {
    const id = await api.begin();
    expect((await failure(api.execute("select repeat('x', 1100000)", { transactionId: id }))).name).toBe(
      'UnsupportedResultException',
    );
    expect(await failure(api.commit(id))).toEqual(
      notFound(id, 'Transaction has been aborted due to an error from a previous call.'),
    );
  });

  test('is lost with an error, on v1 alone', async () => {
    const id = await api.begin();
    await failure(api.execute('select nope', { transactionId: id }));
    const next = api.execute('select 1', { transactionId: id });
    if (isPostgres) expect((await failure(next)).message).toMatch(/; SQLState: 25P02$/);
    else expect((await next).records).toHaveLength(1);
    expect(await api.rollback(id)).toBe('Rollback Complete');
    endpoint.engineVersion = 'v1';
    const old = await api.begin();
    await failure(api.execute('select nope', { transactionId: old }));
    expect((await failure(api.rollback(old))).message).toContain('Transaction has been aborted due to an error');
  });

  test('has savepoints, settings and temporary tables, which are nowhere else', async () => {
    const id = await api.begin();
    const inside = { transactionId: id };
    const before = (await count(id)).longValue;
    await api.execute('savepoint s', inside);
    await insert(id);
    await api.execute('rollback to savepoint s', inside);
    expect((await count(id)).longValue).toBe(before);
    await api.execute('create temporary table tmp (n int)', inside);
    await api.execute(isPostgres ? "set myapp.x = 'here'" : "set @x = 'here'", inside);
    const ask = isPostgres ? "select current_setting('myapp.x', true)" : 'select @x';
    expect(await api.value(ask, inside)).toEqual({ stringValue: 'here' });
    expect(await api.records('select * from tmp', inside)).toEqual([]);
    await api.commit(id);
    endpoint.limits.connections = 1;
    await api.execute(isPostgres ? "set myapp.x = 'gone'" : "set @x = 'gone'");
    await api.execute('create temporary table tmp2 (n int)');
    for (const table of ['tmp', 'tmp2']) {
      expect((await failure(api.execute(`select * from ${table}`))).message).toMatch(/42P01|42S02/);
    }
    expect(await api.value(ask)).not.toHaveProperty('stringValue', expect.stringMatching(/here|gone/));
  });

  test('that a statement opens does not outlive it', async () => {
    endpoint.limits.connections = 1;
    await api.execute('begin');
    const before = (await count()).longValue;
    await insert();
    await failure(api.execute('select nope'));
    expect((await count()).longValue).toBe(before + 1);
  });

  test('goes on in the batch outside of one: each set commits by itself', async () => {
    const before = (await count()).longValue;
    const sets = [parameters({ v: 1 }), parameters({ v: 'x' }), parameters({ v: 3 })];
    expect((await failure(api.batch('insert into t (v) values (:v)', sets))).name).toBe('DatabaseErrorException');
    expect((await count()).longValue).toBe(before + 1);
    expect(await api.batch('insert into t (v) values (5)', [[], []])).toHaveLength(2);
    expect(await api.batch('insert into t (v) values (5)', [])).toEqual([]);
    expect((await count()).longValue).toBe(before + 3);
  });

  test('or a statement may take 45 seconds, and is interrupted then', async () => {
    endpoint.limits.statementMs = 100;
    const timeout = {
      name: 'StatementTimeoutException',
      status: 400,
      message: 'Request timed out',
      dbConnectionId: expect.any(Number),
    };
    const id = await api.begin();
    await insert(id);
    const started = performance.now();
    expect(await failure(api.execute(sleep(30), { transactionId: id }))).toEqual(timeout);
    expect(await failure(api.execute(sleep(30)))).toEqual(timeout);
    expect(performance.now() - started).toBeLessThan(15_000);
    endpoint.limits.statementMs = 45_000;
    expect(await api.rollback(id)).toBe('Rollback Complete');
  });

  test('is no place for a statement that goes on after its time-out', async () => {
    endpoint.limits.statementMs = 100;
    const before = (await count()).longValue;
    const [from, condition] = isPostgres ? ['(select pg_sleep(0.5)) s', 'true'] : ['(select 1) s', 'sleep(0.5) = 0'];
    const slow = `insert into t (v) select 7 from ${from} where ${condition}`;
    expect((await failure(api.execute(slow, { continueAfterTimeout: true }))).name).toBe('StatementTimeoutException');
    expect((await count()).longValue).toBe(before);
    endpoint.limits.statementMs = 45_000;
    await expect.poll(async () => (await count()).longValue, patience).toBe(before + 1);
  });

  test('too many is refused as the server would, and the next one gets its turn', async () => {
    await using own = await startLocal(shared);
    const { limits } = own.endpoints[name];
    const client = new DataApiClient(own.configs[name]);
    Object.assign(limits, { connections: 2, connectionWaitMs: 50 });
    const held = [await client.begin(), await client.begin()];
    const { name: type, message } = await failure(client.begin());
    expect(type).toBe('DatabaseErrorException');
    expect(message).toMatch(isPostgres ? /^FATAL: .*; SQLState: 53300$/ : /Error code: 1040; SQLState: 08004$/);
    limits.connectionWaitMs = 10_000;
    const waiting = client.begin();
    await client.rollback(held[0]!);
    await client.rollback(await waiting);
    await client.rollback(held[1]!);
  });

  test(
    'the limit of the server itself is answered in its words, at once',
    async () => {
      await using own = await startLocal(isPostgres ? { mysql: false } : { postgres: false });
      let config = own.configs[name];
      if (isPostgres) {
        await own.createUser('sqlport_few');
        config = { ...config, secretArn: own.endpoints[name].secretArnOf('sqlport_few') };
        const client = new pg.Client({ connectionString: own.postgres!.url });
        await client.connect();
        await client.query('alter role sqlport_few connection limit 9');
        await client.end();
      } else {
        const connection = await mysql.createConnection(own.mysql!.url);
        await connection.query('set global max_connections = 10');
        await connection.end();
      }
      const client = new DataApiClient(config);
      const all = await Promise.allSettled(Array.from({ length: 30 }, () => client.begin()));
      const refused = all.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
      expect(refused.length).toBeGreaterThan(15);
      for (const { name: type, message } of refused) {
        expect(type).toBe('DatabaseErrorException');
        expect(message).toMatch(
          isPostgres ? /^FATAL: too many .*; SQLState: 53300$/ : /Error code: 1040; SQLState: 08004$/,
        );
      }
    },
    minute,
  );

  test('is lost with the server’s session, in the midst of a statement or between two', async () => {
    const own = isPostgres ? 'select pg_backend_pid()' : 'select connection_id()';
    const kill = async (transactionId: string) => {
      const { longValue } = (await api.value(own, { transactionId })) as { longValue: number };
      return () => api.execute(isPostgres ? `select pg_terminate_backend(${longValue})` : `kill ${longValue}`);
    };
    const aborted = (id: string) => notFound(id, 'Transaction has been aborted due to an error from a previous call.');

    const lostSession = /^FATAL: .*; SQLState: 57P01$|^Communications link failure$/;
    const busy = await api.begin();
    const killBusy = await kill(busy);
    const running = failure(api.execute(sleep(30), { transactionId: busy }));
    await expect.poll(() => endpoint.calls.at(-1)?.sql, patience).toBe(sleep(30));
    await killBusy();
    expect((await running).message).toMatch(lostSession);
    expect(await failure(api.commit(busy))).toEqual(aborted(busy));

    const idle = await api.begin();
    await (await kill(idle))();
    const lost = await failure(api.execute('select 1', { transactionId: idle }));
    expect(lost).toMatchObject({ name: 'DatabaseErrorException', message: expect.stringMatching(lostSession) });
    expect(await failure(api.commit(idle))).toEqual(aborted(idle));
    expect(await api.value('select 1')).toEqual({ longValue: 1 });
  });

  test('and hundreds more, with statements between them, go through at once and leave nothing', {
    timeout: 60_000,
  }, async () => {
    await using own = await startLocal(shared);
    await using mine = await own.createDatabase();
    const client = new DataApiClient(mine.configs[name], {
      requestHandler: { httpsAgent: {}, httpAgent: { maxSockets: 600 } },
    });
    Object.assign(own.endpoints[name].limits, { connections: 20, connectionWaitMs: 60_000 });
    await client.execute('create table many (n int)');
    let most = 0;
    const watch = () => {
      most = Math.max(most, own.endpoints[name].serverConnections);
    };
    const one = async (n: number) => {
      const id = await client.begin();
      watch();
      await client.execute('insert into many values (:n)', { transactionId: id, parameters: parameters({ n }) });
      watch();
      await (n % 3 ? client.commit(id) : client.rollback(id));
    };
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const selects = numbers.map((n) => client.value('select :n', { parameters: parameters({ n }) }));
    const [values] = await Promise.all([Promise.all(selects), ...numbers.map(one)]);
    expect(values).toEqual(numbers.map((longValue) => ({ longValue })));
    expect(await client.value('select count(*) from many')).toEqual({ longValue: 133 });
    expect(most).toBeGreaterThan(5);
    expect(most).toBeLessThanOrEqual(20);
    expect(await sessionsOn(name, mine.name)).toBeLessThanOrEqual(20);
    await expect.poll(() => own.endpoints[name].serverConnections, patience).toBe(0);
    await expect.poll(() => sessionsOn(name, mine.name), patience).toBe(0);
  });

  test('ends with the endpoint, and so does all that runs', async () => {
    const own = await startLocal(shared);
    const mine = await own.createDatabase();
    const client = new DataApiClient(mine.configs[name]);
    await client.begin();
    const running = [
      failure(client.execute(sleep(60))),
      failure(client.execute(sleep(60), { transactionId: await client.begin() })),
    ];
    await expect.poll(() => own.endpoints[name].serverConnections, patience).toBe(3);
    await own.close();
    expect(own.endpoints[name].serverConnections).toBe(0);
    for (const { name: type } of await Promise.all(running)) expect(type).not.toBe('DatabaseErrorException');
    await expect.poll(() => sessionsOn(name, mine.name), patience).toBe(0);
  });
});

test.skipIf(!shared.mysql)('DDL ends a transaction of MySQL, and what follows commits by itself', async () => {
  const api = new DataApiClient(database.configs['data-api-mysql']);
  const transactionId = await api.begin();
  await api.execute('create table implicit (n int)', { transactionId });
  await api.execute('insert into implicit values (1)', { transactionId });
  expect(await api.rollback(transactionId)).toBe('Rollback Complete');
  expect(await api.value('select count(*) from implicit')).toEqual({ longValue: 1 });
});
