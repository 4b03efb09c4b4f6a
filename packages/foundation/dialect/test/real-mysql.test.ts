import '@sqlport/local/vitest';
import fc from 'fast-check';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  bind,
  foldInsert,
  foldStatements,
  interpolate,
  json,
  type MysqlColumnType,
  mysqlConstraint,
  mysqlDecoder,
  mysqlLiteral,
  mysqlTypeName,
  planOf,
  type SqlValue,
  type ValueOptions,
} from '../src/index.ts';
import { HOSTILE_STRINGS } from './hostile-strings.ts';

const server = inject('sqlportLocal').mysql;

const STRINGS = [...HOSTILE_STRINGS, '\0', "a\0b'\\"];

describe.skipIf(!server)('on a real MySQL', () => {
  let connection: mysql.Connection;
  const database = `dialect_${process.pid}`;

  beforeAll(async () => {
    connection = await mysql.createConnection({ uri: server ? server.url : '', multipleStatements: true });
    await connection.query(`set time_zone = '+00:00', names utf8mb4; create database ${database}; use ${database}`);
  });
  afterAll(async () => {
    await connection.query(`drop database ${database}`);
    await connection.end();
  });

  interface Result {
    readonly rows: (Buffer | null)[][];
    readonly columns: MysqlColumnType[];
  }

  async function run(text: string, params?: readonly SqlValue[]): Promise<Result> {
    const sql = params ? interpolate(bind(text, params, 'mysql'), 'mysql') : text;
    const [rows, fields] = await connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.buffer() });
    const columns = ((fields ?? []) as mysql.FieldPacket[]).map((field) => {
      const { columnType, flags, characterSet, columnLength, decimals } = field as Required<typeof field>;
      return { type: columnType, flags: Number(flags), charset: characterSet, length: columnLength, decimals };
    });
    return { rows: rows as unknown as (Buffer | null)[][], columns };
  }

  async function first(
    text: string,
    params?: readonly SqlValue[],
    options: Partial<ValueOptions> = {},
  ): Promise<unknown> {
    const { rows, columns } = await run(text, params);
    const cell = rows[0]![0]!;
    if (cell === null) return null;
    const decoder = mysqlDecoder(columns[0]!, { int64: 'number', instants: 'date', json: 'parsed', ...options });
    if (decoder.from === 'bytes') return new Uint8Array(cell);
    return decoder.decode === undefined ? cell.toString() : decoder.decode(cell.toString());
  }

  async function hexOf(literals: readonly string[]): Promise<(string | undefined)[]> {
    const list = literals.map((literal) => `hex(convert(${literal} using utf8mb4))`);
    const { rows } = await run(`select ${list.join()}`);
    return rows[0]!.map((cell) => cell?.toString().toLowerCase());
  }

  const expectedHex = STRINGS.map((text) => Buffer.from(text).toString('hex'));

  describe.each([
    '',
    'NO_BACKSLASH_ESCAPES',
    'ANSI_QUOTES',
    'ANSI,NO_BACKSLASH_ESCAPES',
    'PIPES_AS_CONCAT,TRADITIONAL',
  ])('with sql_mode=%s', (mode) => {
    beforeAll(async () => void (await connection.query(`set sql_mode = '${mode}'`)));
    afterAll(async () => void (await connection.query('set sql_mode = default')));

    test('every string comes back byte for byte from its literal', async () => {
      expect(await hexOf(STRINGS.map((text) => mysqlLiteral(text)))).toEqual(expectedHex);
    });

    test.each(['utf8mb4', 'latin1', 'gbk', 'sjis', 'big5', 'cp932', 'ascii', 'gb18030'])(
      'and from its ASCII literal when the client speaks %s',
      async (charset) => {
        try {
          await connection.query(`set names ${charset}`);
          expect(await hexOf(STRINGS.map((text) => mysqlLiteral(text, { asciiOnly: true })))).toEqual(expectedHex);
        } finally {
          await connection.query('set names utf8mb4');
        }
      },
    );
  });

  test('literals of both notations can be compared when the collation is the default one', async () => {
    expect(await first('select concat(?, ?) in (?, ?)', ['a', '\\', 'b', 'a\\'])).toBe(1);
  });

  test('a literal cannot leave a version comment that the server skips', async () => {
    expect(await first('select 1 /*!99999 + ? */', ['*/ + 1 /*'])).toBe(1);
  });

  describe('a value comes back from the column it was sent to', () => {
    const CASES: readonly [type: string, values: readonly SqlValue[]][] = [
      ['tinyint(1)', [1, 0, null]],
      ['bigint', [Number.MAX_SAFE_INTEGER, -1, 0]],
      ['double', [0, -0, 5e-324, 1.7976931348623157e308, 0.1, 1e21, 1e-7, 123456789012345680000]],
      ['varbinary(300)', [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, byte) => byte)]],
      ['longtext', ['', "'", '\\', '😀\0\n', 'x'.repeat(100_000)]],
      ['timestamp(3)', [new Date('2024-01-02T03:04:05.678Z'), new Date('1970-01-01T00:00:01Z')]],
      ['bit(8)', [new Uint8Array([0]), new Uint8Array([255])]],
    ];
    test.each(CASES)('%s', async (type, values) => {
      await connection.query(`drop table if exists one; create table one (value ${type} null)`);
      for (const value of values) {
        await run('delete from one');
        await run('insert into one values (?)', [value]);
        expect(await first('select value from one')).toStrictEqual(value);
      }
    });

    test('booleans, and integers beyond 2^53', async () => {
      expect(await first('select ?', [true])).toBe(1);
      expect(await first('select ?', [false])).toBe(0);
      for (const value of [18446744073709551615n, -9223372036854775808n, 9007199254740993n]) {
        expect(await first('select ?', [value], { int64: 'bigint' })).toBe(value);
      }
    });

    test('DATETIME takes a Date in UTC', async () => {
      expect(await first('select cast(? as datetime(3))', [new Date('0999-01-02T03:04:05.006Z')])).toBe(
        '0999-01-02 03:04:05.006',
      );
    });

    test('JSON', async () => {
      await connection.query('drop table if exists one; create table one (value json)');
      for (const value of [null, 1.5, 'a"\\\u2028\n\0', [], { a: [true, { b: "it's é" }] }]) {
        for (const asciiOnly of [false, true]) {
          await run('delete from one');
          await run(interpolate({ text: 'insert into one values (?)', params: [json(value)] }, 'mysql', { asciiOnly }));
          expect(await first('select value from one')).toEqual(value);
        }
      }
    });

    test('any double', async () => {
      const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 300);
      await connection.query('drop table if exists doubles; create table doubles (n int, value double)');
      const sets = doubles.map((value, n) => [n, value]);
      const fold = foldInsert('insert into doubles values (?, ?)', 'mysql')!;
      const statements = foldStatements(fold, sets, 'mysql', { maxParameters: 200, maxStatementBytes: 1e6 });
      expect(statements).toHaveLength(3);
      for (const { text, params } of statements) await run(text, params);
      const { rows } = await run('select value from doubles order by n');
      expect(rows.map(([cell]) => Number(cell))).toStrictEqual(doubles);
    });
  });

  describe('values out', () => {
    const CASES: readonly [
      type: string,
      literal: string,
      name: string,
      value: unknown,
      options?: Partial<ValueOptions>,
    ][] = [
      ['tinyint(1)', '1', 'tinyint', 1],
      ['tinyint unsigned', '255', 'tinyint unsigned', 255],
      ['smallint', '-5', 'smallint', -5],
      ['mediumint', '5', 'mediumint', 5],
      ['int unsigned', '4294967295', 'int unsigned', 4294967295],
      ['int zerofill', '42', 'int unsigned', 42],
      ['bigint', '9007199254740991', 'bigint', 9007199254740991],
      ['bigint unsigned', '18446744073709551615', 'bigint unsigned', 18446744073709551615n, { int64: 'bigint' }],
      ['bigint', '-9223372036854775808', 'bigint', '-9223372036854775808', { int64: 'string' }],
      ['decimal(10,3)', '1.1', 'decimal', '1.100'],
      ['float', '0.1', 'float', 0.1],
      ['double', '1e300', 'double', 1e300],
      ['year', '2024', 'year', 2024],
      ['bit(12)', "b'101000000001'", 'bit', new Uint8Array([10, 1])],
      ['char(3)', "'a'", 'char', 'a'],
      ['varchar(10)', "'é😀'", 'varchar', 'é😀'],
      ['varchar(10) collate utf8mb4_bin', "'a'", 'varchar', 'a'],
      ['varchar(10) character set latin1', "'é'", 'varchar', 'é'],
      ['tinytext', "'a'", 'text', 'a'],
      ['longtext', "'a'", 'text', 'a'],
      ['binary(2)', "'a'", 'binary', new Uint8Array([97, 0])],
      ['varbinary(2)', "'a'", 'varbinary', new Uint8Array([97])],
      ['blob', "x'00ff'", 'blob', new Uint8Array([0, 255])],
      ['longblob', "''", 'blob', new Uint8Array()],
      ["enum('a','b')", "'b'", 'enum', 'b'],
      ["enum('a','b') character set binary", "'b'", 'enum', 'b'],
      ["set('a','b')", "'a,b'", 'set', 'a,b'],
      ['json', '\'{"a": "é"}\'', 'json', { a: 'é' }],
      ['json', '\'{"a": 12345678901234567890}\'', 'json', '{"a": 12345678901234567890}', { json: 'text' }],
      ['date', "'2024-01-02'", 'date', '2024-01-02'],
      ['date', "'0000-00-00'", 'date', '0000-00-00'],
      ['time(3)', "'-838:59:58.5'", 'time', '-838:59:58.500'],
      ['datetime', "'2024-01-02 03:04:05'", 'datetime', '2024-01-02 03:04:05'],
      ['datetime(6)', "'2024-01-02 03:04:05.1'", 'datetime', '2024-01-02 03:04:05.100000'],
      ['timestamp(6)', "'2024-01-02 03:04:05.1'", 'timestamp', new Date('2024-01-02T03:04:05.100Z')],
      ['timestamp(6)', "'2024-01-02 03:04:05.1'", 'timestamp', '2024-01-02T03:04:05.100000Z', { instants: 'string' }],
      ['timestamp', "'0000-00-00'", 'timestamp', '0000-00-00 00:00:00', { instants: 'string' }],
    ];
    test.each(CASES)('%s %s', async (type, literal, name, value, options) => {
      await connection.query("set sql_mode = ''");
      await connection.query(`drop table if exists out_; create table out_ (value ${type} null)`);
      await connection.query(`insert into out_ values (${literal})`);
      const { columns } = await run('select value from out_');
      expect(mysqlTypeName(columns[0]!)).toBe(name);
      expect(await first('select value from out_', undefined, options)).toStrictEqual(value);
      await connection.query('set sql_mode = default');
    });
  });

  describe('the lexer', () => {
    const CASES: readonly [name: string, text: string, params: readonly SqlValue[], value: unknown][] = [
      ['version comments are code', 'select /*! ? + */ ? /*!50000 * ? */', [1, 2, 3], 7],
      ['comments in version comments', 'select /*!50000 ? + /* ? */ ? */ + 1', [1, 2], 4],
      ['comments do not nest', 'select /* /* ? */ ?', [5], 5],
      ['--? is arithmetic', 'select 5--?', [1], 6],
      ['-- with a control character is a comment', 'select ? --\u0001 ?\n + 1 --\u007f ?', [5], 6],
      ['# is a comment to the newline', 'select ? # ? \r ?\n + 1', [5], 6],
      ['escapes', "select concat('\\'?', \"\\\"?\", '''?', ?)", ['x'], "'?\"?'?x"],
      ['a negative number after a minus', 'select 5-?', [-1], 6],
      ['no literal grows together with a string before it', "select 'a'?", ["'"], "a'"],
      ['a dollar in an identifier', 'select $a + b$1$ from (select ? as $a, ? as b$1$) t', [5, 1], 6],
      ['user variables', 'select @a := ?', [5], 5],
    ];
    test.each(CASES)('%s', async (_, text, params, value) => {
      expect(await first(text, params)).toBe(value);
    });

    test('$tag$ opens a string', async () => {
      const text = "create function $f() returns int language javascript as $a$ return '$$ ; ?' $a$";
      expect(planOf(text, 'mysql')).toMatchObject({ statements: 1, positional: [] });
      await run(text);
      await run('drop function $f');
    });

    test.each([
      'create procedure p() begin if (1) then select 1; elseif 2 then select 2; else select if(1, 2, 3); end if; end',
      'create procedure p() begin a: loop leave a; end loop a; while false do do 1; end while; repeat do 1; until true end repeat; end',
      'create procedure p() again:LOOP leave again; end loop again',
      'create procedure p() case 1 when 1 then do 1; else begin do 2; end; end case',
      'create procedure p() begin select case when if(1,2,3) then 1 else if(1,2,3) end; end',
    ])('a routine is one statement, as for the server: %s', async (body) => {
      expect(planOf(`${body}; drop procedure p`, 'mysql').statements).toBe(2);
      await run(body);
      await run('drop procedure p');
    });

    test('implicit commits are those of the server', async () => {
      await connection.query('create table victim (a int); create table other (a int)');
      const statements = [
        'create table made (a int)',
        'alter table other add b int',
        'create index i on other (a)',
        'rename table made to renamed',
        'truncate table other',
        'drop table renamed',
        'create view v as select 1',
        'drop view v',
        'analyze table other',
        'optimize table other',
        'check table other',
        'flush tables',
        'create user dialect_implicit_commit',
        'grant select on *.* to dialect_implicit_commit',
        'revoke select on *.* from dialect_implicit_commit',
        'drop user dialect_implicit_commit',
        'create temporary table tmp (a int)',
        'drop temporary table tmp',
        'checksum table other',
        'set names utf8mb4',
        'set role none',
        'insert into other (a) values (1)',
        'select 1',
        'show tables',
        'reset persist',
      ];
      for (const statement of statements) {
        await connection.query('delete from victim; begin; insert into victim values (1)');
        await connection.query(statement);
        await connection.query('rollback');
        expect(planOf(statement, 'mysql').implicitCommit, statement).toBe(
          (await first('select count(*) from victim')) === 1,
        );
      }
    });
  });

  test('constraints are read from the messages of the server', async () => {
    await connection.query(`drop table if exists child, parent;
      create table parent (id int primary key, email varchar(90) not null, a int, unique key by_email (email), constraint \`po\`\`s\` check (a > 0));
      create table child (parent_id int, constraint fk foreign key (parent_id) references parent (id));
      insert into parent values (1, "' for key 'fake.key'", 1); insert into child values (1)`);
    const CASES: readonly [text: string, constraint: unknown][] = [
      ["insert into parent values (1, 'b', 1)", { kind: 'unique', table: 'parent', name: 'PRIMARY' }],
      [
        "insert into parent values (2, ''' for key ''fake.key''', 1)",
        { kind: 'unique', table: 'parent', name: 'by_email' },
      ],
      ['insert into parent values (2, null, 1)', { kind: 'not-null', column: 'email' }],
      ['insert into parent (id) values (2)', { kind: 'not-null', column: 'email' }],
      ["insert into parent values (2, 'b', 0)", { kind: 'check', name: 'po`s' }],
      ['insert into child values (2)', { kind: 'foreign-key', table: 'child', name: 'fk', column: 'parent_id' }],
      ['delete from parent', { kind: 'foreign-key', table: 'child', name: 'fk', column: 'parent_id' }],
    ];
    for (const [text, constraint] of CASES) {
      const error: { errno: number; sqlMessage: string } = await connection.query(text).then(
        () => ({ errno: 0, sqlMessage: '' }),
        (failure) => failure,
      );
      expect(mysqlConstraint(error.errno, error.sqlMessage), text).toEqual(constraint);
    }
  });
});
