import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, type Opened, run, until, value } from './fixture.ts';
import { Valve } from './valve.ts';

let fixture: Fixture;
let db: Opened;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open();
});
afterAll(() => fixture.stop());

describe('a result', () => {
  it('has rows as arrays, all columns with their types, and no rows affected', async () => {
    expect(await run(db, "SELECT 1 AS a, 'x' AS b, NULL AS c")).toEqual({
      columns: [
        { name: 'a', type: 'bigint' },
        { name: 'b', type: 'varchar' },
        { name: 'c', type: 'null' },
      ],
      rows: [[1, 'x', null]],
      rowsAffected: 0,
    });
  });

  it('has its columns also when it is empty', async () => {
    const { columns, rows } = await run(db, 'SELECT 1 AS a FROM DUAL WHERE FALSE');
    expect([columns.map(({ name }) => name), rows]).toEqual([['a'], []]);
  });

  it('keeps column names that are special in JavaScript, and names that repeat', async () => {
    const { columns, rows } = await run(
      db,
      'SELECT 1 AS `__proto__`, 2 AS `constructor`, 3 AS `__defineGetter__`, 4 AS `a`, 5 AS `a`, 6 AS ``',
    );
    expect(columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor', '__defineGetter__', 'a', 'a', '']);
    expect(rows).toEqual([[1, 2, 3, 4, 5, 6]]);
  });

  it('may have a value longer than a packet of the protocol, 16 MiB', async () => {
    const { rows } = await run(db, "SELECT REPEAT('é', 9000000) AS long_text, 1 AS after_it");
    expect((rows[0]![0] as string).length).toBe(9_000_000);
    expect(rows[0]![0] === 'é'.repeat(9_000_000)).toBe(true);
    expect(rows[0]![1]).toBe(1);
  });

  it('comes for a statement of any length, also one that just fills a packet of the protocol', async () => {
    const full = 0xff_ffff;
    for (const payload of [full - 4, full - 3, full - 1, full, full + 1, 2 * full]) {
      const length = payload - 1 - "SELECT LENGTH('')".length;
      expect(await value(db, 'SELECT LENGTH(?)', ['x'.repeat(length)])).toBe(length);
    }
  });

  it('may have values and texts of every length', async () => {
    for (const length of [0, 1, 250, 251, 252, 65_535, 65_536, 16_777_215, 16_777_216]) {
      const [row] = (await run(db, "SELECT REPEAT('x', ?), 7", [length])).rows;
      expect([(row![0] as string).length, row![1]]).toEqual([length, 7]);
    }
  });
});

describe('values', () => {
  it('come out as the contract says', async () => {
    await run(
      db,
      `CREATE TABLE every_type (
        bool TINYINT(1), tiny TINYINT UNSIGNED, small SMALLINT, medium MEDIUMINT, whole INT UNSIGNED, big BIGINT,
        zero INT(8) ZEROFILL, exact DECIMAL(10,3), approximate FLOAT, twice DOUBLE, flags BIT(10), year_only YEAR,
        day DATE, at_time TIME(3), local_time DATETIME(3), instant TIMESTAMP(6) NULL,
        fixed CHAR(5), text_value VARCHAR(50), long_text TEXT, pick ENUM('one','two'), picks SET('a','b','c'),
        bytes BLOB, padded BINARY(3), document JSON, place POINT)`,
    );
    await run(
      db,
      `INSERT INTO every_type VALUES (
        TRUE, 255, -32768, -8388608, 4294967295, -9007199254740991,
        42, -1.5, 1.1, 1e-300, b'1000000001', 2024,
        '2024-02-29', '-838:59:58.5', '2024-02-29 23:59:59.9', '2024-02-29 23:59:59.123456',
        'ab', 'tüxt 🙂', 'long', 'two', 'a,c',
        x'00ff27', x'61', '{"b": [1, null, "ü"]}', POINT(1, 2))`,
    );
    const { rows } = await run(db, 'SELECT * FROM every_type');
    expect(rows[0]!.slice(0, 12)).toEqual([
      1,
      255,
      -32768,
      -8388608,
      4294967295,
      -9007199254740991,
      42,
      '-1.500',
      1.1,
      1e-300,
      new Uint8Array([0b10, 0b00000001]),
      2024,
    ]);
    expect(rows[0]!.slice(12, 24)).toEqual([
      '2024-02-29',
      '-838:59:58.500',
      '2024-02-29 23:59:59.900',
      new Date('2024-02-29T23:59:59.123Z'),
      'ab',
      'tüxt 🙂',
      'long',
      'two',
      'a,c',
      new Uint8Array([0, 255, 39]),
      new Uint8Array([0x61, 0, 0]),
      { b: [1, null, 'ü'] },
    ]);
    expect(rows[0]![24]).toBeInstanceOf(Uint8Array);
  });

  it('are NULL in every position', async () => {
    expect((await run(db, 'SELECT NULL, 1, NULL, NULL, 2, NULL')).rows).toEqual([[null, 1, null, null, 2, null]]);
  });

  it.each([-1, 0, 1, 99_999_999_999_999, -99_999_999_999_999, 999_999_999_999_999, 9_007_199_254_740_991])(
    'of integers are exact: %i',
    async (integer) => {
      expect(await value(db, 'SELECT CAST(? AS SIGNED)', [integer])).toBe(integer);
    },
  );

  it('bytes are a copy of their own and no Buffer', async () => {
    const bytes = (await value(db, "SELECT x'010203'")) as Uint8Array;
    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes.buffer.byteLength).toBe(3);
  });

  it('beyond what a number can hold are an error that says the statement ran; the connection goes on', async () => {
    const single = await fixture.open({ max: 1 });
    const before = fixture.gateway.connections.total;
    const error = await failure(run(single, 'SELECT 9007199254740993 UNION ALL SELECT 1'));
    expect(error).toMatchObject({ code: 'DATA', outcome: 'applied' });
    expect(await value(single, 'SELECT 2')).toBe(2);
    expect(fixture.gateway.connections.total - before).toBe(1);
  });

  it('come out as the options say', async () => {
    const exact = await fixture.open({}, { int64: 'bigint', instants: 'string', json: 'text' });
    const { rows } = await run(
      exact,
      `SELECT 18446744073709551615, CAST('[9007199254740993]' AS JSON), instant FROM every_type`,
    );
    expect(rows).toEqual([[18446744073709551615n, '[9007199254740993]', '2024-02-29T23:59:59.123456Z']]);
  });

  it.each([
    ["quotes ' and backslash \\ and zero \0 and newline \n"],
    ['日本語 🙂 é'],
    ["'; DROP TABLE every_type; -- "],
    ["\\' OR 1=1 -- "],
    ['%_'],
    [''],
  ])('go in as literals and come back the same: %j', async (text) => {
    expect(await value(db, 'SELECT ?', [text])).toBe(text);
  });

  it('of every kind go in', async () => {
    const exact = await fixture.open({}, { int64: 'bigint', instants: 'date', json: 'parsed' });
    const result = await run(exact, 'SELECT ? IS NULL, ?, ?, ?, ?, ?', [
      null,
      true,
      -1.5e-7,
      18446744073709551615n,
      new Uint8Array([0, 39, 92, 255]),
      new Date('2024-02-29T23:59:59.123Z'),
    ]);
    expect(result.rows[0]!.slice(1)).toEqual([
      1n,
      -1.5e-7,
      18446744073709551615n,
      new Uint8Array([0, 39, 92, 255]),
      '2024-02-29 23:59:59.123',
    ]);
  });
});

describe('a statement that writes', () => {
  it('reports the rows it matched, changed or not', async () => {
    await run(db, 'CREATE TABLE matched (id INT PRIMARY KEY, v INT)');
    expect((await run(db, 'INSERT INTO matched VALUES (1, 1), (2, 1), (3, 2)')).rowsAffected).toBe(3);
    expect((await run(db, 'UPDATE matched SET v = 1 WHERE v = 1')).rowsAffected).toBe(2);
    expect((await run(db, 'DELETE FROM matched WHERE id > 100')).rowsAffected).toBe(0);
  });

  it('reports the first generated id of several rows, and none where there is none', async () => {
    await run(db, 'CREATE TABLE made (id INT AUTO_INCREMENT PRIMARY KEY, v INT)');
    expect(await run(db, 'INSERT INTO made (v) VALUES (10), (20), (30)')).toEqual({
      columns: [],
      rows: [],
      rowsAffected: 3,
      insertId: 1n,
    });
    expect((await run(db, 'INSERT INTO made (v) VALUES (40)')).insertId).toBe(4n);
    expect(await run(db, 'UPDATE made SET v = 0')).not.toHaveProperty('insertId');
  });

  it('reports an id of 64 bits to the last digit', async () => {
    await run(db, 'CREATE TABLE huge (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY)');
    for (const id of [9007199254740993n, 9223372036854775809n, 18446744073709551614n]) {
      expect((await run(db, 'INSERT INTO huge VALUES (?)', [id])).insertId).toBe(id);
    }
  });
});

describe('an error of the server', () => {
  it.each([
    ['SELEC 1', 'SYNTAX', 1064],
    ['SELECT * FROM not_there', 'SYNTAX', 1146],
    ["INSERT INTO strict_table VALUES ('abc', 1)", 'DATA', 1366],
    ['INSERT INTO strict_table VALUES (1, NULL)', 'CONSTRAINT', 1048],
    ['SELECT * FROM mysql.user', 'PERMISSION', 1142],
  ])('%s: %s, and not applied', async (text, code, errno) => {
    await run(db, 'CREATE TABLE IF NOT EXISTS strict_table (a INT, b INT NOT NULL)');
    expect(await failure(run(db, text))).toMatchObject({
      code,
      errno,
      outcome: 'not-applied',
      adapter: 'iam-mysql2',
      dialect: 'mysql',
    });
  });

  it('names the constraint, and keeps the data out of its message', async () => {
    await run(db, 'CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(50), UNIQUE KEY email_once (email))');
    await run(db, "INSERT INTO users VALUES (1, 'secret@example.com')");
    const error = await failure(run(db, "INSERT INTO users VALUES (2, 'secret@example.com')"));
    expect(error).toMatchObject({ code: 'CONSTRAINT', constraint: { kind: 'unique', name: 'email_once' } });
    expect(error.message).toContain('email_once');
    expect(error.message).not.toContain('secret');
    expect(error.serverMessage).toContain('secret@example.com');
  });

  it('does not cost the connection', async () => {
    const single = await fixture.open({ max: 1 });
    const id = await value(single, 'SELECT CONNECTION_ID()');
    for (let attempt = 0; attempt < 5; attempt++) await failure(run(single, 'SELECT * FROM not_there'));
    expect(await value(single, 'SELECT CONNECTION_ID()')).toBe(id);
  });

  it('refuses several statements in one text', async () => {
    expect(await failure(run(db, 'DO 0; DO 1'))).toMatchObject({ code: 'SYNTAX' });
  });

  it('refuses to read a local file for the server', async () => {
    const error = await failure(run(db, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE strict_table"));
    expect(error.errno).toBe(3948);
  });
});

describe('a procedure', () => {
  beforeAll(async () => {
    await run(db, 'CREATE TABLE log_entries (v INT PRIMARY KEY)');
    await run(db, 'CREATE PROCEDURE one_result() BEGIN INSERT INTO log_entries VALUES (1); SELECT 5 AS five; END');
    await run(db, 'CREATE PROCEDURE two_results() BEGIN SELECT 1; SELECT 2; END');
    await run(db, 'CREATE PROCEDURE half() BEGIN INSERT INTO log_entries VALUES (7); SELECT * FROM not_there; END');
    await run(db, 'CREATE PROCEDURE leaves_open() BEGIN START TRANSACTION; INSERT INTO log_entries VALUES (9); END');
  });

  it('delivers its result', async () => {
    const { columns, rows } = await run(db, 'CALL one_result()');
    expect([columns.map(({ name }) => name), rows]).toEqual([['five'], [[5]]]);
  });

  it('with several results is refused after it ran, and not cut off in silence', async () => {
    expect(await failure(run(db, 'CALL two_results()'))).toMatchObject({ code: 'UNSUPPORTED', outcome: 'applied' });
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('that fails in the middle has an unknown outcome: what it did before stays', async () => {
    expect(await failure(run(db, 'CALL half()'))).toMatchObject({ errno: 1146, outcome: 'unknown' });
    expect(await value(db, 'SELECT COUNT(*) FROM log_entries WHERE v = 7')).toBe(1);
  });

  it('that leaves a transaction open, on a server that then falls silent, costs its connection', async () => {
    const valve = await Valve.open(fixture.address);
    const plain = await fixture.open({ ...(await fixture.plaintext(valve.port)), max: 1 });
    valve.holdFrom('ROLLBACK');
    expect(await failure(run(plain, 'CALL leaves_open()'))).toMatchObject({ code: 'TRANSACTION' });
    const next = value(plain, 'SELECT 1');
    await until(() => valve.opened === 2);
    valve.release();
    expect(await next).toBe(1);
    await plain.close();
    await valve.close();
  });

  it('that leaves a transaction open is an error, and the transaction does not leak', async () => {
    const single = await fixture.open({ max: 1 });
    expect(await failure(run(single, 'CALL leaves_open()'))).toMatchObject({
      code: 'TRANSACTION',
      outcome: 'unknown',
    });
    expect(await value(single, 'SELECT COUNT(*) FROM log_entries WHERE v = 9')).toBe(0);
    await run(single, 'INSERT INTO log_entries VALUES (10)');
    expect(await value(db, 'SELECT COUNT(*) FROM log_entries WHERE v = 10')).toBe(1);
  });
});
