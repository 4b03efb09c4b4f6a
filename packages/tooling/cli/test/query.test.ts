import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { until } from '@sqlport/conformance/driver';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Fixture, PROGRAM, type RunOptions } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const EVERY = ['iam-pg', 'iam-mysql2', 'data-api-postgres', 'data-api-mysql', 'tidb-serverless'] as const;

const query = (args: readonly string[], options?: RunOptions) =>
  fixture.run(['query', fixture.url('iam-pg'), ...args], options);
const queryMysql = (args: readonly string[], options?: RunOptions) =>
  fixture.run(['query', fixture.url('iam-mysql2'), ...args], options);

test.each(EVERY)('runs SQL over %s', async (strategy) => {
  const { code, stdout, stderr } = await fixture.run([
    'query',
    fixture.url(strategy),
    "select 1 as id, 'Ann' as name where 1 = :one",
    '--param=one=1',
  ]);
  expect(stdout).toMatch(/│ id │ name │\n.*\n│ {2}1 │ Ann {2}│/);
  expect(stderr).toMatch(/^1 row, \d+ ms\n$/);
  expect(code).toBe(0);
});

describe('formats', () => {
  const ROWS = `select 9007199254740993 as big, null as nothing, '' as empty, 'a,"b"' as quoted, '{"n": 12345678901234567890}'::json as doc,
    '\\x00ff'::bytea as bytes, array[1,2] as list, 'NaN'::float8 as nan, timestamptz '2026-01-02 03:04:05.123456Z' as at`;

  test('JSON loses nothing', async () => {
    const { stdout } = await query([ROWS, '--json']);
    expect(stdout).toContain('"big":9007199254740993,"nothing":null,"empty":"","quoted":"a,\\"b\\""');
    expect(stdout).toContain('"doc":{"n":12345678901234567890},"bytes":"\\\\x00ff","list":[1,2],"nan":"NaN"');
    expect(stdout).toContain('"at":"2026-01-02T03:04:05.123456Z"');
    expect(JSON.parse(stdout).columns[0]).toEqual({ name: 'big', type: 'int8' });
  });

  test('NDJSON is a line for each row', async () => {
    const { stdout, code } = await query([
      'select n, n + 9007199254740990 as big from generate_series(1, 3000) n',
      '-f',
      'ndjson',
    ]);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines).toHaveLength(3000);
    expect(lines[1]).toBe('{"n":2,"big":9007199254740992}');
  });

  test('CSV tells NULL from an empty text, and keeps columns of the same name', async () => {
    const { stdout } = await query([`${ROWS.replace('as big', 'as nothing')} where false`, '-f', 'csv']);
    expect(stdout).toBe('nothing,nothing,empty,quoted,doc,bytes,list,nan,at\n');
    const { stdout: row } = await query([ROWS, '-f', 'csv']);
    expect(row.split('\n')[1]).toBe(
      '9007199254740993,,"","a,""b""","{""n"": 12345678901234567890}",\\x00ff,"{""1"",""2""}",NaN,2026-01-02T03:04:05.123456Z',
    );
  });

  test('no control sequence of a value reaches a table or JSON; CSV for a file keeps all', async () => {
    const evil = `select E'a\\x1b[2J\\x1b]0;owned\\x07b\\u202ec\\u009b31md' as "co\u001b[5ml"`;
    const [table, json, csv] = await Promise.all([query([evil]), query([evil, '--json']), query([evil, '-f', 'csv'])]);
    expect(table.stdout).toMatch(/│ col +│/);
    expect(table.stdout).toMatch(/│ abcd +│/);
    expect(json.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(json.stdout).rows[0]).toEqual({
      'co\u001b[5ml': 'a\u001b[2J\u001b]0;owned\u0007b\u202ec\u009b31md',
    });
    expect(csv.stdout).toContain('a\u001b[2J\u001b]0;owned\u0007b\u202ec\u009b31md');
  });

  test('a statement without rows tells what it did', async () => {
    const created = await queryMysql(['create table formats (id int auto_increment primary key, name text)']);
    expect(created).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^0 affected, \d+ ms\n$/) });
    const inserted = await queryMysql(["insert into formats (name) values ('a'), ('b')"]);
    expect(inserted.stderr).toMatch(/^2 affected, id 1, \d+ ms\n$/);
    const json = await queryMysql(["insert into formats (name) values ('c')", '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ columns: [], rows: [], rowsAffected: 1, insertId: 3 });
  });
});

describe('statements and parameters', () => {
  test('come from standard input, several at once, until one fails', async () => {
    const stdin = `
      -- a script; with a semicolon in a comment
      create table script (id int primary key, name text);
      begin; insert into script values (1, 'a;b'); rollback;
      insert into script values (2, 'c'); select * from script;
      select nonsense; insert into script values (3, 'never')`;
    const { code, stdout, stderr } = await query(['-f', 'csv'], { stdin });
    expect(stdout).toBe('id,name\n2,c\n');
    expect(stderr).toMatch(/✗ SYNTAX .*\n {2}The server: column "nonsense" does not exist\n$/);
    expect(code).toBe(1);
    expect((await query(['select count(*) as n from script', '-f', 'ndjson'])).stdout).toBe('{"n":1}\n');
  });

  test('parameters are texts in order, texts by name, or typed JSON', async () => {
    const named = await query(['select :a::text as a, :b::int as b', '-p', 'a=x=y', '-p', 'b=7', '-f', 'ndjson']);
    expect(named.stdout).toBe('{"a":"x=y","b":7}\n');
    const inOrder = await queryMysql(['select ? as a, ? as b', '-p', '007', '-p', "it's", '-f', 'ndjson']);
    expect(inOrder.stdout).toBe('{"a":"007","b":"it\'s"}\n');
    const typed = await queryMysql([
      'select ? as a, ? as b, ? as c',
      '--params',
      '[1, null, 9007199254740993]',
      '-f',
      'ndjson',
    ]);
    expect(typed.stdout).toBe('{"a":1,"b":null,"c":9007199254740993}\n');
    const document = await query(['select :doc::jsonb as doc', '--params', '{"doc": {"a": [1]}}', '-f', 'ndjson']);
    expect(document.stdout).toBe('{"doc":{"a":[1]}}\n');
  });

  test.each([
    [['select 1; select 2', '-p', '1'], /Parameters are for a single statement/],
    [['select :a', '-p', 'secret-value'], /--param name=value/],
    [['select :a', '--params', '{secret-value}'], /not valid JSON/],
    [['  -- secret-value'], /no statement/],
    [['select 1', '--json', '-f', 'csv'], /cannot be used with option/],
    [['select 1', '-f', 'secret-value'], /Allowed choices/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await query(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    if (!/choices/.test(stderr)) expect(stdout + stderr).not.toContain('secret-value');
  });
});

describe('ends', () => {
  test('tells errors as JSON too, and says with its exit code what kind they are', async () => {
    const [failed, refused, unreachable, config] = await Promise.all([
      query(['select 1/0', '--json']),
      fixture.run(['query', fixture.url('iam-pg').replace('app@', 'nobody@'), 'select 1', '--json']),
      fixture.run(['query', fixture.url('iam-pg').replace(/:\d+\//, ':1/'), 'select 1', '--json']),
      fixture.run(['query', 'env:UNSET', 'select 1', '--json']),
    ]);
    expect(JSON.parse(failed.stderr).error).toMatchObject({ sqlState: '22012', serverMessage: 'division by zero' });
    expect([failed, refused, unreachable, config].map(({ code }) => code)).toEqual([1, 4, 3, 2]);
    expect(JSON.parse(config.stderr).error.message).toBe('The environment variable UNSET is not set, or empty.');
  });

  test('what the server says of a statement with a password is not shown', async () => {
    const { stderr, code } = await queryMysql(["create user x identified by 'hunter2' nonsense 'hunter2'"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/SYNTAX/);
    expect(stderr).not.toContain('hunter2');
  });

  test('a URL may be in a variable, and variables in a file', async () => {
    const file = `${fixture.directory}/variables`;
    await writeFile(file, `MY_URL="${fixture.url('iam-pg')}"\n`);
    const { code } = await fixture.run(['query', 'env:MY_URL', 'select 1', '--dotenv', file]);
    expect(code).toBe(0);
    const missing = await fixture.run(['query', 'env:MY_URL', 'select 1', '--dotenv', `${file}.not`]);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('--dotenv cannot be read') });
  });

  test.each([
    ['iam-pg', 'pg_sleep(61)', "select count(*) as n from pg_stat_activity where state = 'active' and query = "],
    ['iam-mysql2', 'sleep(61)', 'select count(*) as n from information_schema.processlist where info = '],
  ] as const)('Ctrl-C cancels the statement on the server: %s', async (strategy, sleep, count) => {
    const text = `select ${sleep}, '${fixture.database.name}'`;
    const running = () => ask(strategy, `${count}'${text.replaceAll("'", "''")}'`);
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const ended = fixture.run(['query', fixture.url(strategy), `select 1 as started; ${text}`, '-f', 'csv'], {
      onOutput: (output, stop) => {
        if (output.includes('started')) kill = stop;
      },
    });
    await until(async () => (await running()) === 1);
    kill!('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/ABORTED/);
    expect(await running()).toBe(0);
  });

  test('a statement may be given up after a while', async () => {
    const { code, stderr } = await query(['select pg_sleep(62)', '--timeout', '0.2']);
    expect(code).toBe(3);
    expect(stderr).toContain('TIMEOUT');
  });

  test('a reader who has seen enough ends it', async () => {
    const shell = spawn(
      'sh',
      [
        '-c',
        `"$0" "$1" query "$2" "select n from generate_series(1, 500000) n" -f ndjson | head -n 2`,
        process.execPath,
        PROGRAM,
        fixture.url('iam-pg'),
      ],
      { env: fixture.env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (output += chunk));
    await new Promise((resolve) => shell.once('close', resolve));
    expect(output).toBe('{"n":1}\n{"n":2}\n');
  });
});

test('a run without a prompt keeps no history', async () => {
  await query(['select 1']);
  await expect(stat(`${fixture.directory}/state`)).rejects.toThrow(/ENOENT/);
});

/** Asks an engine for a number, past the program and the gateway. */
async function ask(strategy: 'iam-pg' | 'iam-mysql2', text: string): Promise<number> {
  const { postgres, mysql } = inject('sqlportLocal') as Record<'postgres' | 'mysql', { url: string }>;
  if (strategy === 'iam-mysql2') {
    const client = await createConnection(mysql.url);
    const [rows] = await client.query(text);
    await client.end();
    return Number((rows as { n: number }[])[0]!.n);
  }
  const client = new pg.Client(postgres.url);
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return Number(rows[0].n);
}
