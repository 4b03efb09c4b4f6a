import type { Dialect } from '@sqlport/dialect';
import type {} from '@sqlport/local/vitest';
import fc from 'fast-check';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { scannerSafe } from '../src/scanner-safe.ts';

const { postgres: postgresServer, mysql: mysqlServer } = inject('sqlportLocal');
let postgres: pg.Client;
let connection: mysql.Connection;

beforeAll(async () => {
  if (postgresServer === false || mysqlServer === false) throw new Error('Both servers are needed.');
  postgres = new pg.Client(postgresServer.url);
  await postgres.connect();
  connection = await mysql.createConnection(mysqlServer.url);
});
afterAll(async () => {
  await postgres.end();
  await connection.end();
});

/** What a reader of `:name` may know; nobody knows what the API's own one does. */
interface Scanner {
  readonly backslashes: boolean;
  readonly nested: boolean;
  readonly hash: boolean;
  /** Whether a carriage return ends a line. */
  readonly returns: boolean;
}
const scanners: readonly Scanner[] = Array.from({ length: 16 }, (_, bits) => ({
  backslashes: (bits & 1) > 0,
  nested: (bits & 2) > 0,
  hash: (bits & 4) > 0,
  returns: (bits & 8) > 0,
}));

/** The placeholders, and the ends of statements, that a scanner finds in a text. */
function found(text: string, { backslashes, nested, hash, returns }: Scanner): string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const quote = /^['"`]/.exec(rest)?.[0];
    if (quote !== undefined) {
      at += 1;
      while (at < text.length && text[at] !== quote) at += backslashes && text[at] === '\\' ? 2 : 1;
      at += 1;
    } else if (rest.startsWith('--') || (hash && rest.startsWith('#'))) {
      const line = (returns ? /^[^\n\r]*/ : /^[^\n]*/).exec(rest)![0];
      at += line.length;
    } else if (rest.startsWith('/*')) {
      let depth = 1;
      for (at += 2; at < text.length && depth > 0; at += 1) {
        if (text.startsWith('*/', at)) depth -= 1;
        else if (nested && text.startsWith('/*', at)) depth += 1;
        else continue;
        at += 1;
      }
    } else if (rest.startsWith('::')) at += 2;
    else {
      const name = /^(:\w+|;)/.exec(rest)?.[0];
      if (name !== undefined) names.push(name);
      at += name?.length ?? 1;
    }
  }
  return names;
}

/** Expressions that a simple scanner trips over. */
const expressions: Readonly<Record<Dialect, readonly string[]>> = {
  postgres: [
    "'it''s :x'",
    String.raw`E'it\'s :x'`,
    String.raw`E'a\\'`,
    String.raw`'a\'`,
    String.raw`N'a\'`,
    String.raw`text'a\'`,
    String.raw`'\'':x'`,
    "$$it's :x$$",
    String.raw`$t$ back\slash, 'quote :x and $$ $t$`,
    "(array['a', 'b', 'c'])[1:2]",
    "(array['a', 'b', 'c'])[:2]",
    "(array['a', 'b', 'c'])[2:]",
    '1::int',
    "'1' ::text",
    "/* a /* nested :x */ it's */ 1",
    "1 -- it's :x\n",
    "date'2020-01-01'",
    `"quoted"."a:b"`,
    String.raw`U&'\0061:x'`,
    "'a'\n':b'",
    "'a\\'\n'\\:x'",
    "'it''s' -- it's\n'\\'",
    "1 -- it's; :x\r",
    "1 -- it's; :x\r\n",
    "'a' -- it's :x\r':b; '",
    "'a' -- it's\n -- :x\r\n'\\:b'",
    "E'a\\'' -- it's :x\r':b; '",
    "E' -- ' -- it's\n -- :x;\r\n' --\\'\n '' -- \n'",
    "N'a' -- it's\r':b'",
    '/*+ SeqScan(t) */ 1',
    "/*+ it's /* nested :x */ */ 1",
    '5 -/* a */-1',
  ],
  mysql: [
    "'it''s :x'",
    String.raw`'it\'s :x'`,
    String.raw`'a\\'`,
    String.raw`"a \" :x ' "`,
    '@a := 1',
    '5--1',
    "5 -- it's :x\n",
    "6 # it's :x\n",
    "7 /* it's :x; */",
    "7 /* it's /* :x */",
    "5 --\r it's; :x\n",
    "5 --\x01 it's; :x\n",
    "5 --\x7f it's; :x\r\n",
    '5 --\n',
    "6 #\r it's; :x\n",
    "'a' -- it's\n':b'",
    '" \' -- :x\n\' "',
    '/*!80000 8 /* it is; :x */ + 1 */',
    '/*+ NO_ICP(t) */ 1',
    '/*!80000 8 */',
    '`quoted`.`a:b`',
    "N'x'",
    "_utf8mb4'x'",
    String.raw`'\\\'\\'`,
  ],
};

const from: Readonly<Record<Dialect, string>> = {
  postgres: ` from (select 1 as "a:b") as quoted`,
  mysql: ' from (select 1 as `a:b`) as quoted',
};

async function ask(dialect: Dialect, text: string): Promise<unknown> {
  if (dialect === 'postgres') return (await postgres.query({ text, rowMode: 'array' })).rows;
  return (await connection.query({ sql: text, rowsAsArray: true }))[0];
}

describe.each(['postgres', 'mysql'] as const)('%s', (dialect) => {
  test('means the same to the server, and holds no placeholder for any scanner', async () => {
    const list = fc.array(fc.constantFrom(...expressions[dialect]), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(list, async (columns) => {
        const text = `select ${columns.map((column, index) => `${column} as c${index}`).join(', ')}${from[dialect]}`;
        const safe = scannerSafe(text, dialect);
        for (const scanner of scanners) expect(found(safe, scanner), safe).toEqual([]);
        expect(await ask(dialect, safe)).toEqual(await ask(dialect, text));
      }),
      { numRuns: 200 },
    );
  });

  test('is the text itself where nothing can be misread', () => {
    const text = `select /*+ a hint */ 'plain', a::int, "b" from t where c = 'x''y' /* why */ -- because`;
    expect(scannerSafe(text, dialect)).toBe(text);
  });
});

test('only comments go whose beginning or end is not the same to every reader', () => {
  expect(scannerSafe("select 1 -- it's\r, $1", 'postgres')).toBe('select 1  \r, $1');
  expect(scannerSafe("select /* it's */ 1 /* /* b */ */ -- c", 'postgres')).toBe("select /* it's */ 1 /**/ -- c");
  expect(scannerSafe("select /*!80000 1 /* it's */ */ # a\n/*+ b */ --\x01c", 'mysql')).toBe(
    "select /*!80000 1 /* it's */ */ --  a\n/*+ b */  ",
  );
});

test('a comment in blocks keeps strings apart, as it does for the server', async () => {
  const text = "select 'a' /* it's */\n'b'";
  await expect(ask('postgres', text)).rejects.toMatchObject({ code: '42601' });
  await expect(ask('postgres', scannerSafe(text, 'postgres'))).rejects.toMatchObject({ code: '42601' });
});

test('a body in dollar quotes is one string of the same content', () => {
  const text = "create function f() returns text language sql as $f$ select ':x' || 'it''s' $f$";
  expect(scannerSafe(text, 'postgres')).toBe(
    "create function f() returns text language sql as  ' select '':x'' || ''it''''s'' '",
  );
});

test('what is not closed is left to the server to refuse', () => {
  expect(scannerSafe('select $$ :x', 'postgres')).toBe('select $$ :x');
  expect(scannerSafe("select ':x", 'postgres')).toBe("select ':x");
  expect(scannerSafe("select E'a' -- b\n'c -- :x", 'postgres')).toBe("select E'a' \n'c -- :x");
  for (const dialect of ['postgres', 'mysql'] as const) {
    expect(scannerSafe('select 1 /* :x', dialect)).toBe('select 1 /* :x');
  }
});

test('labels, assignments and slices keep their colon', () => {
  expect(scannerSafe('select a[1:n]', 'postgres')).toBe('select a[1: n]');
  expect(scannerSafe('select f(a := 1)', 'postgres')).toBe('select f(a := 1)');
  expect(scannerSafe('select a[1:$1]', 'postgres')).toBe('select a[1: $1]');
});
