import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, run, value } from './fixture.ts';

let fixture: Fixture;
let db: Awaited<ReturnType<Fixture['open']>>;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open();
});
afterAll(() => fixture.stop());

describe('parameters', () => {
  it('are texts of unknown type, whose type the server infers', async () => {
    const { rows } = await run(
      db,
      `SELECT $1::uuid, $2::jsonb -> 'a', $3::int[], $4::timestamptz, $5::bytea, $6 || 'x'`,
      [
        '7d444840-9dc0-11d1-b245-5ffdce74fad2',
        '{"a": [1]}',
        [1, null, 3],
        new Date('2024-05-06T07:08:09.010Z'),
        new Uint8Array([0, 255]),
        'ü€😀',
      ],
    );
    expect(rows).toEqual([
      [
        '7d444840-9dc0-11d1-b245-5ffdce74fad2',
        [1],
        [1, null, 3],
        new Date('2024-05-06T07:08:09.010Z'),
        new Uint8Array([0, 255]),
        'ü€😀x',
      ],
    ]);
  });

  it('may be NULL, empty, and megabytes long', async () => {
    const long = 'aé'.repeat(1_000_000);
    const { rows } = await run(db, 'SELECT $1::text, $2::text, $3::text', [null, '', long]);
    expect(rows[0]).toEqual([null, '', long]);
  });

  it('are refused before anything is sent where the protocol cannot count them', async () => {
    const params = new Array(65_536).fill(1);
    const text = `SELECT ${params.map((_, index) => `$${index + 1}::int`).join('+')}`;
    expect(await failure(run(db, text, params))).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
  });

  it('that cannot be written do no harm to the next statement', async () => {
    await expect(run(db, 'SELECT $1, $2', ['x', new Date(Number.NaN)])).rejects.toThrow();
    expect(await value(db, 'SELECT $1', ['y'])).toBe('y');
  });

  it('whose type cannot be told give a DATA error that names the cure', async () => {
    const error = await failure(run(db, 'SELECT $1 IS NULL', [null]));
    expect(error).toMatchObject({ code: 'DATA', sqlState: '42P18', outcome: 'not-applied' });
    expect(error.message).toContain('$1::int');
  });
});

describe('results', () => {
  it('keep columns of the same name, and hostile names', async () => {
    const result = await run(db, 'SELECT 1 AS a, 2 AS a, 3 AS "__proto__", 4 AS "constructor"');
    expect(result.columns.map(({ name }) => name)).toEqual(['a', 'a', '__proto__', 'constructor']);
    expect(result.rows).toEqual([[1, 2, 3, 4]]);
  });

  it('name the types of their columns, also where there is no row', async () => {
    const { columns, rows } = await run(db, `SELECT 1::int8 AS n, '{}'::text[] AS t WHERE false`);
    expect(columns).toEqual([
      { name: 'n', type: 'int8' },
      { name: 't', type: '_text' },
    ]);
    expect(rows).toEqual([]);
  });

  it('have no columns where a statement returns none', async () => {
    expect(await run(db, 'SET LOCAL search_path TO public')).toEqual({ columns: [], rows: [], rowsAffected: 0 });
    expect(await run(db, '/* nothing */')).toEqual({ columns: [], rows: [], rowsAffected: 0 });
  });

  it('say how many rows a statement changed', async () => {
    await run(db, 'CREATE TABLE counted (a int)');
    const affected = async (text: string) => (await run(db, text)).rowsAffected;
    expect(await affected('INSERT INTO counted SELECT generate_series(1, 5)')).toBe(5);
    expect(await affected('UPDATE counted SET a = a WHERE a > 3')).toBe(2);
    expect(await affected('SELECT * FROM counted')).toBe(0);
    expect(await affected('DELETE FROM counted WHERE a = 1 RETURNING a')).toBe(1);
    expect(await affected('CREATE TABLE counted_copy AS SELECT * FROM counted')).toBe(0);
  });

  it('pad a fraction to the scale of its column', async () => {
    expect(await value(db, `SELECT '2024-01-02 03:04:05.1'::timestamp(3)`)).toBe('2024-01-02 03:04:05.100');
  });

  it('that no number can hold are DATA errors of a statement that was applied', async () => {
    await run(db, 'CREATE TABLE unsafe (a int8)');
    const error = await failure(run(db, 'INSERT INTO unsafe VALUES (9007199254740993) RETURNING a'));
    expect(error).toMatchObject({ code: 'DATA', outcome: 'applied' });
    const exact = await fixture.open({}, { int64: 'bigint', instants: 'string', json: 'text' });
    expect(await value(exact, 'SELECT a FROM unsafe')).toBe(9007199254740993n);
  });
});

describe('a session', () => {
  it.each([
    ['TimeZone', 'UTC'],
    ['DateStyle', /^ISO/],
    ['IntervalStyle', 'postgres'],
    ['bytea_output', 'hex'],
    ['standard_conforming_strings', 'on'],
    ['client_encoding', 'UTF8'],
    ['application_name', 'sqlport'],
  ])('has %s = %s, whatever the database says', async (name, wanted) => {
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} SET TimeZone TO 'Asia/Tokyo'`);
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} SET DateStyle TO 'German'`);
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} SET IntervalStyle TO 'iso_8601'`);
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} SET bytea_output TO 'escape'`);
    await fixture.ask(`ALTER DATABASE ${fixture.database.name} SET standard_conforming_strings TO off`);
    const fresh = await fixture.open();
    expect(await value(fresh, `SHOW ${name}`)).toEqual(
      typeof wanted === 'string' ? wanted : expect.stringMatching(wanted),
    );
  });
});

describe('refused', () => {
  it('are several statements in one text, also without parameters', async () => {
    await run(db, 'CREATE TABLE several (a int)');
    const error = await failure(run(db, 'INSERT INTO several VALUES (1); INSERT INTO several VALUES (2)'));
    expect(error).toMatchObject({ code: 'SYNTAX', sqlState: '42601', outcome: 'not-applied' });
    expect(await value(db, 'SELECT count(*)::int FROM several')).toBe(0);
  });

  it('is COPY from and to the client, and the driver goes on', async () => {
    await run(db, 'CREATE TABLE copied AS SELECT 1 AS a');
    expect(await failure(run(db, 'COPY copied FROM STDIN'))).toMatchObject({ code: 'UNSUPPORTED' });
    expect(await failure(run(db, 'COPY copied TO STDOUT'))).toMatchObject({ code: 'UNSUPPORTED' });
    expect(await value(db, 'SELECT count(*)::int FROM copied')).toBe(1);
  });
});

describe('errors of the server', () => {
  it.each([
    ['SELECT nonsense', 'SYNTAX', '42703'],
    ['SELEKT', 'SYNTAX', '42601'],
    ['SELECT 1/0', 'DATA', '22012'],
    ['SELECT * FROM pg_authid', 'PERMISSION', '42501'],
  ])('%s is %s, and nothing was applied', async (text, code, sqlState) => {
    expect(await failure(run(db, text))).toMatchObject({ code, sqlState, outcome: 'not-applied' });
  });

  it('name the constraint, its kind, table and column', async () => {
    await run(db, 'CREATE TABLE parent (id int CONSTRAINT parent_pk PRIMARY KEY)');
    await run(
      db,
      `CREATE TABLE child (id int CONSTRAINT child_fk REFERENCES parent, name text NOT NULL,
        age int CONSTRAINT adult CHECK (age > 17), slot int4range, CONSTRAINT no_overlap EXCLUDE USING gist (slot WITH &&))`,
    );
    await run(db, 'INSERT INTO parent VALUES (1)');
    await run(db, `INSERT INTO child VALUES (1, 'x', 18, '[1,5)')`);
    const constraint = async (text: string) => {
      const error = await failure(run(db, text));
      expect(error.code).toBe('CONSTRAINT');
      return error.constraint;
    };
    expect(await constraint('INSERT INTO parent VALUES (1)')).toEqual({
      kind: 'unique',
      name: 'parent_pk',
      table: 'parent',
    });
    expect(await constraint(`INSERT INTO child VALUES (2, 'x')`)).toEqual({
      kind: 'foreign-key',
      name: 'child_fk',
      table: 'child',
    });
    expect(await constraint('INSERT INTO child VALUES (1)')).toEqual({
      kind: 'not-null',
      table: 'child',
      column: 'name',
    });
    expect(await constraint(`INSERT INTO child VALUES (1, 'x', 17)`)).toEqual({
      kind: 'check',
      name: 'adult',
      table: 'child',
    });
    expect(await constraint(`INSERT INTO child VALUES (1, 'x', 18, '[2,3)')`)).toEqual({
      kind: 'exclusion',
      name: 'no_overlap',
      table: 'child',
    });
  });

  it("are TIMEOUT, not applied, where the server's own limit ran out", async () => {
    const transaction = await db.begin({}, {});
    await run(transaction, `SET LOCAL statement_timeout = '20ms'`);
    const error = await failure(run(transaction, 'SELECT pg_sleep(10)'));
    await transaction.rollback();
    expect(error).toMatchObject({ code: 'TIMEOUT', sqlState: '57014', outcome: 'not-applied' });
  });

  it('say unknown where a procedure may have committed before it failed', async () => {
    await run(db, 'CREATE TABLE partly (a int)');
    const text = 'DO $$ BEGIN INSERT INTO partly VALUES (1); COMMIT; RAISE EXCEPTION USING ERRCODE = 22012; END $$';
    expect(await failure(run(db, text))).toMatchObject({ code: 'DATA', outcome: 'unknown' });
    expect(await value(db, 'SELECT count(*)::int FROM partly')).toBe(1);
    const whole = 'DO $$ BEGIN INSERT INTO partly VALUES (1); RAISE EXCEPTION USING ERRCODE = 22012; END $$';
    expect(await failure(run(db, whole))).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
    await run(db, "CREATE PROCEDURE fails() LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION USING ERRCODE = 22012; END'");
    expect(await failure(run(db, 'CALL fails()'))).toMatchObject({ code: 'DATA', outcome: 'unknown' });
  });

  it('leave the connection in use', async () => {
    const single = await fixture.open({ max: 1 });
    const before = await value(single, 'SELECT pg_backend_pid()');
    await failure(run(single, 'SELECT 1/0'));
    await failure(run(single, 'SELECT nonsense'));
    expect(await value(single, 'SELECT pg_backend_pid()')).toBe(before);
  });
});
