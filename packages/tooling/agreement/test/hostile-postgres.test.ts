import { hostileBytes, hostileTexts } from '@sqlport/conformance';
import { failure } from '@sqlport/conformance/driver';
import { type Connection, sql } from '@sqlport/core';
import { type Local, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hostileNames } from '../src/hostile-names.ts';
import { open, STRATEGIES, type Strategy } from '../src/sides.ts';

const CONFORMING = ['on', 'off'];
const BACKSLASH_QUOTE = ['on', 'off', 'safe_encoding'];
const CLIENT_ENCODINGS = ['UTF8', 'LATIN1', 'GBK', 'SJIS'];

const texts = [...hostileTexts.map(([, text]) => text), 'NULL', '{', '}', ',', '', ' '];
const bytes = hostileBytes.map(([, value]) => value);
const json = Object.fromEntries(texts.map((text) => [text, [text, { [text]: text }]]));
const INJECTION = "', 'x'); drop table victims; -- \\' or 1=1 -- ";

let local: Local;
beforeAll(async () => {
  const { postgres } = inject('sqlportLocal');
  if (postgres === false) throw new Error('There is no PostgreSQL; the warning of the set-up says why.');
  local = await startLocal({ mysql: false, postgres });
});
afterAll(() => local?.close());

/** A database whose sessions begin with these settings. */
async function databaseWith(settings: Readonly<Record<string, string>>) {
  const { name, configs, drop } = await local.createDatabase();
  const url = new URL(local.postgres!.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client(url.href);
  await admin.connect();
  for (const [setting, value] of Object.entries(settings)) {
    await admin.query(`alter database ${name} set ${setting} = ${value}`);
    // What a role has comes before what a database has.
    await admin.query(`alter role ${configs['iam-pg'].user} in database ${name} set ${setting} = ${value}`);
  }
  const ask = async (text: string) => (await admin.query({ text, rowMode: 'array' })).rows;
  await ask('create table victims (id int)');
  await ask('insert into victims values (1)');
  await ask('create table kept (id int, v text, b bytea, j json, jb jsonb, a text[])');
  await ask('grant all on victims, kept to public');
  return {
    configs,
    ask,
    async [Symbol.asyncDispose]() {
      await admin.end();
      await drop();
    },
  };
}

describe.each(CONFORMING)('standard_conforming_strings %s', (conforming) => {
  describe.each(BACKSLASH_QUOTE)('backslash_quote %s', (backslashQuote) => {
    it.each(CLIENT_ENCODINGS)('and client_encoding %s', async (encoding) => {
      await using database = await databaseWith({
        standard_conforming_strings: conforming,
        backslash_quote: backslashQuote,
        client_encoding: encoding,
      });
      const { configs, ask } = database;
      for (const strategy of STRATEGIES.postgres) {
        await using db = open(strategy, configs);
        await valuesAreRead(db);
        await namesAreNames(db);
        await literalsOfStatements(db, { strategy, conforming, backslashQuote });
        await nulIsRefused(db);
        await valuesAreKept(db);
        expect(await ask('select count(*)::int from kept'), strategy).toEqual([[2 * texts.length]]);
        await ask('truncate kept');
      }
      const tables = "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1";
      expect(await ask(tables)).toEqual([['kept'], ['victims']]);
      expect(await ask('select * from victims')).toEqual([[1]]);
    });
  });
});

async function valuesAreRead(db: Connection): Promise<void> {
  const columns = texts.map(
    (_, index) => `$${index + 1}::text, encode(convert_to($${index + 1}::text, 'UTF8'), 'hex')`,
  );
  const { rows } = await db.values(sql.text(`select ${columns}`, texts));
  expect(rows[0]).toEqual(texts.flatMap((text) => [text, Buffer.from(text).toString('hex')]));
  const marks = bytes.map((_, index) => `$${index + 1}::bytea`);
  expect((await db.values(sql.text(`select ${marks}`, bytes))).rows[0]).toEqual(bytes);
  const all = sql`select ${sql.json(json)}::json as j, ${sql.json(json)}::jsonb as jb, ${texts}::text[] as a`;
  expect(await db.one(all)).toEqual({ j: json, jb: json, a: texts });
}

async function namesAreNames(db: Connection): Promise<void> {
  const columns = hostileNames.map((name) => sql`1 as ${sql.identifier(name)}`);
  const statement = columns.slice(1).reduce((list, column) => sql`${list}, ${column}`, sql`select ${columns[0]!}`);
  expect(await db.one(statement)).toEqual(Object.fromEntries(hostileNames.map((name) => [name, 1])));
  const missing = hostileNames.map((name) => failure(db.query(sql`select ${sql.identifier(name)} from victims`)));
  for (const error of await Promise.all(missing)) expect(error).toMatchObject({ code: 'SYNTAX', sqlState: '42703' });
  const table = sql.identifier('victims"; drop table victims; -- ');
  expect(await failure(db.query(sql`select * from ${table}`))).toMatchObject({ code: 'SYNTAX', sqlState: '42P01' });
}

/** What the statement's own text says, and that no literal of it takes in the value beside it. */
async function literalsOfStatements(
  db: Connection,
  { strategy, conforming, backslashQuote }: { strategy: Strategy; conforming: string; backslashQuote: string },
): Promise<void> {
  const value = sql`${INJECTION}::text`;
  const statements = [
    sql`select '\\' as a, ${value} as b, 'x' as c`,
    sql`select'\\'as a, ${value} as b, 'x' as c`,
    sql`select text'\\'as a, ${value} as b, text'x' as c`,
    sql`select N'\\' ::text as a, ${value} as b, 'x' as c`,
    sql`select $$\\$$ as a, ${value} as b, $x$x$x$ as c`,
    sql`select E'\\\\' as a, ${value} as b, 'x' as c`,
  ];
  for (const statement of statements) {
    expect(await db.one(statement), statement.toString()).toEqual({ a: '\\', b: INJECTION, c: 'x' });
  }
  // The server refuses `U&'…'` where a backslash is an escape, for the same reason; so it does `\'`, if it is told to.
  const unicode = sql`select U&'\\0041' as a, ${value} as b`;
  if (strategy === 'iam-pg' || conforming === 'on') expect(await db.one(unicode)).toEqual({ a: 'A', b: INJECTION });
  else expect(await failure(db.query(unicode))).toMatchObject({ code: 'UNSUPPORTED', outcome: 'not-applied' });
  const escaped = sql`select E'\\'' as a, ${value} as b`;
  if (strategy === 'data-api-postgres' || backslashQuote !== 'off') {
    expect(await db.one(escaped)).toEqual({ a: "'", b: INJECTION });
  } else expect(await failure(db.query(escaped))).toMatchObject({ code: 'DATA', sqlState: '22P06' });
}

/** PostgreSQL has no place for it, in JSON neither. */
async function nulIsRefused(db: Connection): Promise<void> {
  const nul = "\0'; drop table victims; --";
  const refused = { code: 'DATA', outcome: 'not-applied' };
  for (const value of [nul, [nul], ['a', [nul]]]) {
    expect(await failure(db.query(sql`insert into kept (id, v) values (1, ${value as never})`))).toMatchObject(refused);
  }
  expect(await failure(db.executeMany('insert into kept (v) values (:v)', [{ v: 'a' }, { v: nul }]))).toMatchObject(
    refused,
  );
  expect(await failure(db.query(sql`insert into kept (jb) values (${sql.json({ a: nul })})`))).toMatchObject(refused);
  expect(() => sql.identifier(nul)).toThrow(expect.objectContaining(refused));
}

async function valuesAreKept(db: Connection): Promise<void> {
  const rows = texts.map((text, id) => {
    const j = { [text]: [text] };
    return { id, v: text, b: bytes[id % bytes.length]!, j, jb: j, a: [text, null, text] };
  });
  const insert = 'insert into kept (id, v, b, j, jb, a) values (:id, :v, :b, :j, :jb, :a)';
  const sets = rows.map((row) => ({ ...row, j: sql.json(row.j), jb: sql.json(row.jb) }));
  await db.executeMany(insert, sets);
  const lists = sets.map(({ id, v, b, j, jb, a }) => [id, v, b, j, jb, a]);
  expect((await db.query(sql`insert into kept ${sql.values(lists)}`)).rowsAffected).toBe(rows.length);
  const kept = await db.query("select *, encode(convert_to(v, 'UTF8'), 'hex') as h from kept order by id");
  const expected = rows.map((row) => ({ ...row, h: Buffer.from(row.v).toString('hex') }));
  expect(kept.rows).toEqual(expected.flatMap((row) => [row, row]));
  const found = await db.query(sql`select distinct id from kept where ${sql.in('v', texts)} and v = any(${texts})`);
  expect(found.rows).toHaveLength(rows.length);
}
