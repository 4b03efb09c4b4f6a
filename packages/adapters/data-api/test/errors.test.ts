import { type Connection, connect, sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture, failure } from './fixture.ts';

const NOT_APPLIED = 'not-applied';
const STATEMENT = 'rds-data:ExecuteStatement';

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let db: Connection;
  const mysql = engine === 'mysql';
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    db = fixture.connect();
    await db.script(
      `
      create table parent (id int primary key);
      create table child (
        id int not null,
        parent_id int,
        v varchar(100),
        n int,
        constraint "child_pk; x" primary key (id),
        constraint child_parent foreign key (parent_id) references parent (id),
        constraint child_v unique (v),
        constraint child_n check (n > 0)
      );`.replaceAll('"', mysql ? '`' : '"'),
    );
    await db.query('insert into parent values (1)');
    await db.query("insert into child values (1, 1, 'taken', 1)");
  });
  afterEach(() => {
    fixture.endpoint.faults.clear();
    fixture.endpoint.engineVersion = 'v2';
  });
  afterAll(() => fixture.stop());

  type Expected = {
    readonly errno?: number;
    readonly sqlState?: string;
    readonly code: string;
    readonly constraint?: object;
  };
  const cases: [text: string, expected: Expected][] = [
    ['selec 1', { code: 'SYNTAX', sqlState: mysql ? '42000' : '42601', errno: 1064 }],
    ['select * from no_such_table', { code: 'SYNTAX', sqlState: mysql ? '42S02' : '42P01', errno: 1146 }],
    ['select no_such_column', { code: 'SYNTAX', sqlState: mysql ? '42S22' : '42703', errno: 1054 }],
    ["insert into child (id, n) values (2, 'x')", { code: 'DATA', sqlState: mysql ? 'HY000' : '22P02', errno: 1366 }],
    ['insert into child (id) values (null)', { code: 'CONSTRAINT', constraint: { kind: 'not-null', column: 'id' } }],
    ['insert into child (id) values (1)', { code: 'CONSTRAINT', constraint: { kind: 'unique' } }],
    [
      "insert into child (id, v) values (2, 'taken')",
      { code: 'CONSTRAINT', constraint: { kind: 'unique', name: 'child_v' } },
    ],
    [
      'insert into child (id, parent_id) values (2, 7)',
      { code: 'CONSTRAINT', constraint: { kind: 'foreign-key', name: 'child_parent', table: 'child' } },
    ],
    [
      'delete from parent',
      { code: 'CONSTRAINT', constraint: { kind: 'foreign-key', name: 'child_parent', table: 'child' } },
    ],
    ['insert into child (id, n) values (2, 0)', { code: 'CONSTRAINT', constraint: { kind: 'check', name: 'child_n' } }],
  ];

  describe.each(['v2', 'v1'] as const)('the texts of %s', (version) => {
    it.each(cases)('%s', async (text, { errno, sqlState, ...expected }) => {
      fixture.endpoint.engineVersion = version;
      const error = await failure(db.query(text));
      expect(error).toMatchObject({ ...expected, outcome: NOT_APPLIED });
      if (mysql && errno !== undefined) expect(error.errno).toBe(errno);
      // v1 does not say it of MySQL.
      if (sqlState !== undefined) expect(error.sqlState).toBe(mysql && version === 'v1' ? undefined : sqlState);
    });

    it.each([
      ['hidden', "duplicate key value; SQLState: 40001'; Error code: 1213; SQLState: 40001"],
      ['quoted', '" violates unique constraint "other"; SQLState: 57P01'],
      ['v1', 'x\n  SQLState: 40P01'],
      ['mysql v1', 'Database error code: 1213. Message: Deadlock'],
      ['the end', '; SQLState: 40001'],
    ])('data that looks like a code (%s) is data', async (_, value) => {
      fixture.endpoint.engineVersion = version;
      await db.query(sql`insert into child (id, v) values (${100}, ${value})`);
      const error = await failure(db.query(sql`insert into child (id, v) values (${101}, ${value})`));
      await db.query('delete from child where id = 100');
      expect(error).toMatchObject({ code: 'CONSTRAINT', constraint: { kind: 'unique', name: 'child_v' } });
      const cast = mysql ? sql`insert into child (id, n) values (${102}, ${value})` : sql`select ${value}::int`;
      expect((await failure(db.query(cast))).code).toBe('DATA');
      expect(await failure(db.query(sql`select 1 as a from ${sql.identifier(value.slice(0, 40))}`))).toMatchObject({
        code: 'SYNTAX',
      });
    });

    it('the secret, the cluster and the request', async () => {
      fixture.endpoint.engineVersion = version;
      const { endpoint, config } = fixture;
      const unknownSecret = config.secretArn.replace(/[^:]*$/, 'nobody-AbCdEf');
      const is = async (own: Connection, expected: object) =>
        expect(await failure(own.query('select 1'))).toMatchObject({ ...expected, outcome: NOT_APPLIED });
      await is(fixture.connect({ secretArn: unknownSecret }), {
        code: 'AUTH',
        message: expect.stringContaining('secretArn'),
      });
      for (const state of ['invalid', 'unreadable'] as const) {
        const arn = config.secretArn.replace(/[^:]*$/, `${state}-AbCdEf`);
        endpoint.secrets.set(arn, { state });
        await is(fixture.connect({ secretArn: arn }), { code: 'AUTH', message: expect.stringContaining('secretArn') });
      }
      const wrong = config.secretArn.replace(/[^:]*$/, 'wrong-AbCdEf');
      endpoint.secrets.set(wrong, { user: 'app', password: 'not the password' });
      await is(fixture.connect({ secretArn: wrong }), { code: 'AUTH', message: expect.stringContaining('secret') });
      for (const [name, cluster, message] of [
        ['unknown', undefined, 'EnableHttpEndpoint'],
        ['disabled', { httpEndpointEnabled: false }, 'EnableHttpEndpoint'],
        ['empty', { hasInstance: false }, 'resourceArn'],
      ] as const) {
        const arn = config.resourceArn.replace(/[^:]*$/, name);
        if (cluster !== undefined) endpoint.clusters.set(arn, cluster);
        await is(fixture.connect({ resourceArn: arn }), { code: 'CONFIG', message: expect.stringContaining(message) });
      }
      await is(fixture.connect({ database: 'sqlport_nobody' }), {
        code: 'CONFIG',
        message: expect.stringContaining('database'),
      });
    });
  });

  it('statements that the service does not take are DATA, not applied', async () => {
    const refused = { type: 'ValidationException', message: "Multistatements aren't supported." } as const;
    fixture.endpoint.faults.add({ fail: refused, times: 1 });
    expect(await failure(db.query('select 1'))).toMatchObject({ code: 'DATA', outcome: NOT_APPLIED });
    fixture.endpoint.faults.add({ fail: { ...refused, type: 'BadRequestException' }, times: 1 });
    expect(await failure(db.query('select 1'))).toMatchObject({ code: 'DATA', outcome: NOT_APPLIED });
    fixture.endpoint.faults.add({ fail: { type: 'RequestEntityTooLargeException' }, times: 1 });
    expect(await failure(db.query('select 1'))).toMatchObject({ code: 'DATA', outcome: NOT_APPLIED });
  });

  it.each([
    ['rds-data:ExecuteStatement', (own: Connection) => own.query('select 1')],
    ['rds-data:BeginTransaction', (own: Connection) => own.begin()],
    ['rds-data:CommitTransaction', (own: Connection) => own.transaction(async () => {})],
    ['secretsmanager:GetSecretValue', (own: Connection) => own.query('select 1')],
    [
      mysql ? 'rds-data:BatchExecuteStatement' : STATEMENT,
      (own: Connection) => own.executeMany(`delete from parent where id = ${mysql ? '?' : '$1'}`, [[8], [9]]),
    ],
  ] as const)('without %s is PERMISSION, and the error names it', async (action, work) => {
    const credentials = { accessKeyId: `AKIA${action.replace(/\W/g, '')}`, secretAccessKey: 'known' };
    fixture.endpoint.credentials.set(credentials.accessKeyId, credentials);
    const all = [
      'ExecuteStatement',
      'BatchExecuteStatement',
      'BeginTransaction',
      'CommitTransaction',
      'RollbackTransaction',
    ]
      .map((name) => `rds-data:${name}` as const)
      .concat('secretsmanager:GetSecretValue' as never);
    for (const allowed of all) {
      if (allowed === action) continue;
      fixture.endpoint.policy.push({ accessKeyId: credentials.accessKeyId, action: allowed as never, resource: '*' });
    }
    const error = await failure(Promise.resolve(work(fixture.connect({ credentials }))));
    expect(error).toMatchObject({ code: 'PERMISSION', outcome: NOT_APPLIED });
    expect(error.message).toContain(action);
    await fixture.nothingOpen();
  });

  it('credentials: unknown, expired, of another region, none', async () => {
    const { credentials } = fixture.config;
    const is = async (change: object, expected: object) =>
      expect(await failure(fixture.connect(change).query('select 1'))).toMatchObject({
        ...expected,
        outcome: NOT_APPLIED,
      });
    await is({ credentials: { ...credentials, accessKeyId: 'AKIANOBODY' } }, { code: 'AUTH' });
    await is({ region: 'eu-central-1' }, { code: 'AUTH' });
    fixture.endpoint.credentials.set('ASIAOLD', { secretAccessKey: 'x', sessionToken: 'y', expiresAt: 1 });
    await is({ credentials: { accessKeyId: 'ASIAOLD', secretAccessKey: 'x', sessionToken: 'y' } }, { code: 'AUTH' });
    await is(
      { credentials: () => Promise.reject(new Error('no role')) },
      { code: 'AUTH', message: expect.stringContaining('AWS_PROFILE') },
    );
    await is({ endpoint: 'http://127.0.0.1:1' }, { code: 'UNREACHABLE' });
    await is({ endpoint: 'https://nobody.invalid' }, { code: 'UNREACHABLE' });
  });

  it('a server without a free connection is THROTTLED', async () => {
    const own = await Fixture.start(engine);
    Object.assign(own.endpoint.limits, { connections: 1, connectionWaitMs: 50 });
    const tx = await own.connect().begin();
    expect(await failure(own.connect().query('select 1'))).toMatchObject({ code: 'THROTTLED', outcome: NOT_APPLIED });
    await tx.rollback();
    await own.stop();
  });

  it('a result that is too large is RESULT_TOO_LARGE: applied, but in a transaction, which it ends', async () => {
    const large = sql`select ${'x'.repeat(60_000)} as v from parent cross join (${sql.join(
      Array.from({ length: 20 }, () => sql`select 1 as a`),
      sql` union all `,
    )}) as many`;
    const error = await failure(db.query(large));
    expect(error).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'applied' });
    expect(error.message).toContain('stream()');
    const tx = await db.begin();
    await tx.query('insert into parent values (70)');
    expect(await failure(tx.query(large))).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: NOT_APPLIED });
    expect(await failure(tx.query('select 1'))).toMatchObject({ code: 'TRANSACTION' });
    expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: NOT_APPLIED });
    expect(await fixture.ask('select id from parent where id = 70')).toEqual([]);
    // The documented limit of a row, which v2 does not have.
    fixture.endpoint.limits.rowBytes = 1_000;
    expect(await failure(db.query(sql`select ${'x'.repeat(2_000)} as v`))).toMatchObject({ code: 'RESULT_TOO_LARGE' });
    fixture.endpoint.limits.rowBytes = Number.POSITIVE_INFINITY;
  });

  if (mysql) {
    it('the result of a procedure that is too large in a transaction leaves unknown what it has committed', async () => {
      await fixture.ask(`create procedure much() begin insert into parent values (71); commit;
        select repeat('x', 2000000) as v; end`);
      const tx = await db.begin();
      expect(await failure(tx.query('call much()'))).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'unknown' });
      expect(await failure(tx.query('select 1'))).toMatchObject({ code: 'TRANSACTION' });
      await tx.rollback();
      expect(await fixture.ask('select id from parent where id = 71')).toEqual([[71]]);
      await fixture.ask('delete from parent where id = 71');
    });

    it('a full table of locks costs the transaction, as a deadlock does', async () => {
      await fixture.ask('create table locked (a int)');
      await fixture.ask(`create trigger full_of_locks before insert on locked for each row
        signal sqlstate 'HY000' set mysql_errno = 1206`);
      const tx = await db.begin();
      const error = await failure(tx.query('insert into locked values (1)'));
      expect(error).toMatchObject({ errno: 1206, outcome: NOT_APPLIED });
      expect(await failure(tx.query('select 1'))).toMatchObject({ code: 'TRANSACTION', outcome: NOT_APPLIED });
      await tx.rollback();
    });
  }

  it('the names of constraints and the codes are those of TCP', async () => {
    const tcp = mysql
      ? connect((await import('@sqlport/iam-mysql2')).iamMysql2(fixture.database.configs['iam-mysql2']), {
          retry: false,
        })
      : connect((await import('@sqlport/iam-pg')).iamPg(fixture.database.configs['iam-pg']), { retry: false });
    const said = ({ code, sqlState, errno, constraint, outcome }: Awaited<ReturnType<typeof failure>>) => ({
      code,
      sqlState,
      errno,
      outcome,
      constraint: constraint && { kind: constraint.kind, name: constraint.name },
    });
    for (const [text] of cases) {
      expect(said(await failure(db.query(text))), text).toEqual(said(await failure(tcp.query(text))));
    }
    await tcp.close();
  });
});

describe('postgres', () => {
  it('what cannot be returned names its columns and the cure, in a transaction as well, which goes on', async () => {
    const fixture = await Fixture.start('postgres');
    const db = fixture.connect();
    const text = `select 1 as fine, interval '1 day' as "a ""b", 1::money as c -- done`;
    const expected = {
      code: 'UNSUPPORTED',
      outcome: 'applied',
      message: expect.stringContaining('"a "b" of type interval'),
    };
    expect(await failure(db.query(text))).toMatchObject(expected);
    await db.transaction(async (tx) => {
      expect(await failure(tx.query(text))).toMatchObject({ ...expected, message: expect.stringContaining('::text') });
      await tx.query('select 1');
    });
    const arrays = await failure(db.query('select 1 as fine, array[[1, 2], [3, 4]] as m'));
    expect(arrays).toMatchObject({
      code: 'UNSUPPORTED',
      outcome: 'applied',
      message: expect.stringContaining('"m" of type _int4'),
    });
    expect(arrays.message).not.toContain('fine');
    const returning = "create table i (v interval); insert into i values ('1 day')";
    await db.script(returning);
    expect(await failure(db.query("update i set v = '2 days' returning v"))).toMatchObject({
      code: 'UNSUPPORTED',
      outcome: 'applied',
    });
    expect(await fixture.ask('select v::text from i')).toEqual([['2 days']]);
    await fixture.stop();
  });
});

it('mysql: what cannot be returned names a cure that MySQL knows', async () => {
  const fixture = await Fixture.start('mysql');
  const db = fixture.connect();
  const error = await failure(db.query('select point(1, 2) as g'));
  expect(error).toMatchObject({ code: 'UNSUPPORTED', outcome: 'applied' });
  expect(error.message).toContain('ST_AsText(col)');
  expect(error.message).not.toContain('::');
  expect((await db.query('select ST_AsText(point(1, 2)) as g')).rows).toEqual([{ g: 'POINT(1 2)' }]);
  await fixture.stop();
});
