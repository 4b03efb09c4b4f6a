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
}
const scanners: readonly Scanner[] = [true, false].flatMap((backslashes) =>
  [true, false].flatMap((nested) => [true, false].map((hash) => ({ backslashes, nested, hash }))),
);

/** The placeholders that a scanner finds in a text. */
function found(text: string, { backslashes, nested, hash }: Scanner): string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const quote = /^['"`]/.exec(rest)?.[0];
    if (quote !== undefined) {
      at += 1;
      while (at < text.length && text[at] !== quote) at += backslashes && text[at] === '\\' ? 2 : 1;
      at += 1;
    } else if (rest.startsWith('--') || (hash && rest.startsWith('#'))) {
      const line = /^.*/.exec(rest)![0];
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
      const name = /^:\w+/.exec(rest)?.[0];
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
    "7 /* it's :x */",
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
    const text = `select 'plain', a::int, "b" from t where c = 'x''y' /* why */ -- because`;
    expect(scannerSafe(text, dialect)).toBe(text);
  });
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
});

test('labels, assignments and slices keep their colon', () => {
  expect(scannerSafe('select a[1:n]', 'postgres')).toBe('select a[1: n]');
  expect(scannerSafe('select f(a := 1)', 'postgres')).toBe('select f(a := 1)');
  expect(scannerSafe('select a[1:$1]', 'postgres')).toBe('select a[1: $1]');
});
