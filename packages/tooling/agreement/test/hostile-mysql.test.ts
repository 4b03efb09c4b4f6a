import { hostileBytes, hostileTexts } from '@sqlport/conformance';
import { failure } from '@sqlport/conformance/driver';
import { type Connection, sql } from '@sqlport/core';
import { type Local, startLocal } from '@sqlport/local';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileNames } from '../src/hostile-names.ts';
import { open, STRATEGIES, type Strategy } from '../src/sides.ts';

const STRICT = 'STRICT_TRANS_TABLES';
const SQL_MODES = [
  '',
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  'TRADITIONAL',
  ...['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI', 'PAD_CHAR_TO_FULL_LENGTH'].flatMap((mode) => [
    mode,
    `${mode},${STRICT}`,
  ]),
  `ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,${STRICT}`,
];
const CHARACTER_SETS = ['utf8mb4', 'latin1', 'gbk', 'sjis'];

const texts = [...hostileTexts.map(([, text]) => text), "\0'\\\0", '', ' '];
const bytes = hostileBytes.map(([, value]) => value);
const json = Object.fromEntries(texts.map((text) => [text, [text, { [text]: text }]]));
const INJECTION = "', 'x'); drop table victims; -- \\' or 1=1 -- ";

/** What a server starts its sessions with. */
interface Settings {
  readonly mode: string;
  readonly characterSet: string;
}

// A server of our own: what is changed is global. (`hostile` also means that no server given by URL is taken.)
let server: Local;
let admin: mysql.Connection;
beforeAll(async () => {
  server = await startLocal({ postgres: false, mysql: true, hostile: true });
  admin = await mysql.createConnection(server.mysql!.url);
});
afterAll(async () => {
  await admin?.end();
  await server?.close();
});

/** Endpoints and a database over a server with these settings, and what is there afterwards. */
async function serverWith({ mode, characterSet }: Settings) {
  await admin.query('set global sql_mode = ?, global character_set_server = ?', [mode, characterSet]);
  const local = await startLocal({ postgres: false, mysql: { url: server.mysql!.url } });
  const settings = { sql_mode: mode, character_set_client: characterSet, character_set_connection: characterSet };
  for (const [name, value] of Object.entries(settings)) {
    local.endpoints['data-api-mysql'].sessionSettings.set(name, value);
    local.endpoints['tidb-serverless'].sessionVariables[name] = value;
  }
  const { name, configs } = await local.createDatabase();
  await admin.query(`use ${name}`);
  await admin.query('create table victims (id int)');
  await admin.query('insert into victims values (1)');
  await admin.query(
    'create table kept (id int, v varchar(200), b varbinary(300), j json, c char(9)) default charset utf8mb4',
  );
  const ask = async (text: string) => (await admin.query({ sql: text, rowsAsArray: true }))[0] as unknown[][];
  return { local, configs, ask };
}

describe.each(SQL_MODES)('sql_mode %j', (mode) => {
  it.each(CHARACTER_SETS)('and character set %s', { timeout: 60_000 }, async (characterSet) => {
    const { local, configs, ask } = await serverWith({ mode, characterSet });
    await using _ = local;
    for (const strategy of STRATEGIES.mysql) {
      // Only who logs in over TCP meets what the server does then.
      const greeting = strategy === 'iam-mysql2' ? `set names ${characterSet}` : '';
      await admin.query('set global init_connect = ?', [greeting]);
      await using db = open(strategy, configs);
      const means = meaningOf(strategy, { mode, characterSet });
      await valuesAreRead(db);
      await namesAreNames(db, means);
      await literalsOfStatements(db, means);
      await valuesAreKept(db, means);
      expect(await ask(`select count(*) from kept`), strategy).toEqual([[means.writes ? 2 * texts.length : 0]]);
      await charIsTrimmed(db, means);
      await ask('truncate table kept');
    }
    expect(await ask('show tables')).toEqual([['kept'], ['victims']]);
    expect(await ask('select * from victims')).toEqual([[1]]);
  });
});

/** What a strategy can do under some settings; what it cannot is `CONFIG`. */
interface Meaning {
  readonly writes: boolean;
  readonly backslashes: boolean;
  readonly doubleQuotes: boolean;
  readonly pipes: boolean;
  readonly trims: boolean;
  /** Whether what a statement's own text has beyond ASCII arrives. */
  readonly names: 'all' | 'refused' | 'ASCII';
}

function meaningOf(strategy: Strategy, { mode, characterSet }: Settings): Meaning {
  // It sets up sessions of its own.
  if (strategy === 'iam-mysql2') {
    return { writes: true, backslashes: true, doubleQuotes: true, pipes: true, trims: true, names: 'all' };
  }
  return {
    writes: /STRICT|TRADITIONAL/.test(mode),
    backslashes: !mode.includes('NO_BACKSLASH_ESCAPES'),
    doubleQuotes: !mode.includes('ANSI'),
    pipes: !/ANSI\b(?!_)/.test(mode),
    trims: !mode.includes('PAD_CHAR'),
    // In which character set the Data API hands statements on is its own affair; values do not depend on it.
    names: characterSet === 'utf8mb4' ? 'all' : strategy === 'tidb-serverless' ? 'refused' : 'ASCII',
  };
}

const REFUSED = { code: 'CONFIG', outcome: 'not-applied' };

async function valuesAreRead(db: Connection): Promise<void> {
  const columns = texts.map((_, index) => `? as v${index}, hex(?) as h${index}`);
  const { rows } = await db.values(
    sql.text(
      `select ${columns}`,
      texts.flatMap((text) => [text, text]),
    ),
  );
  expect(rows[0]).toEqual(texts.flatMap((text) => [text, Buffer.from(text).toString('hex').toUpperCase()]));
  expect((await db.values(sql.text(`select ${bytes.map(() => '?')}`, bytes))).rows[0]).toEqual(bytes);
  expect(await db.one(sql`select cast(${sql.json(json)} as json) as v`)).toEqual({ v: json });
}

async function namesAreNames(db: Connection, { names }: Meaning): Promise<void> {
  const chosen = names === 'ASCII' ? hostileNames.filter(isAscii) : hostileNames;
  const columns = chosen.map((name) => sql`1 as ${sql.identifier(name)}`);
  const statement = columns.slice(1).reduce((list, column) => sql`${list}, ${column}`, sql`select ${columns[0]!}`);
  if (names === 'refused') {
    expect(await failure(db.query(statement))).toMatchObject(REFUSED);
    return;
  }
  expect(await db.one(statement)).toEqual(Object.fromEntries(chosen.map((name) => [name, 1])));
  const missing = chosen.map((name) => failure(db.query(sql`select ${sql.identifier(name)} from victims`)));
  for (const error of await Promise.all(missing)) expect(error).toMatchObject({ code: 'SYNTAX', errno: 1054 });
  await expect(
    db.query(sql`select * from ${sql.identifier('victims`; drop table victims; -- z')}`),
  ).rejects.toMatchObject({
    code: 'SYNTAX',
    errno: 1146,
  });
}

async function literalsOfStatements(db: Connection, { backslashes, doubleQuotes, pipes }: Meaning): Promise<void> {
  const escaped = sql`select 'a\\'b' as a, ${INJECTION} as b, '\\\\' as c`;
  if (backslashes) expect(await db.one(escaped)).toEqual({ a: "a'b", b: INJECTION, c: '\\' });
  else expect(await failure(db.query(escaped))).toMatchObject(REFUSED);
  const quoted = sql`select "a'b" as a, ${INJECTION} as b, 'c"d' as c`;
  if (doubleQuotes) expect(await db.one(quoted)).toEqual({ a: "a'b", b: INJECTION, c: 'c"d' });
  else expect(await failure(db.query(quoted))).toMatchObject(REFUSED);
  const or = sql`select ${'2'} || ${'0'} as v`;
  if (pipes) expect(await db.one(or)).toEqual({ v: 1 });
  else expect(await failure(db.query(or))).toMatchObject(REFUSED);
}

async function valuesAreKept(db: Connection, { writes }: Meaning): Promise<void> {
  const rows = texts.map((text, id) => ({ id, v: text, b: bytes[id % bytes.length]!, j: { [text]: [text] } }));
  const insert = 'insert into kept (id, v, b, j) values (:id, :v, :b, :j)';
  const sets = rows.map((row) => ({ ...row, j: sql.json(row.j) }));
  const more = sql`insert into kept (id, v, b, j) ${sql.values(sets.map(({ id, v, b, j }) => [id, v, b, j]))}`;
  if (!writes) {
    expect(await failure(db.executeMany(insert, sets))).toMatchObject(REFUSED);
    expect(await failure(db.query(more))).toMatchObject(REFUSED);
    return;
  }
  await db.executeMany(insert, sets);
  expect((await db.query(more)).rowsAffected).toBe(rows.length);
  const kept = await db.query('select id, v, b, j, hex(v) as h from kept order by id');
  const expected = rows.map((row) => ({ ...row, h: Buffer.from(row.v).toString('hex').toUpperCase() }));
  expect(kept.rows).toEqual(expected.flatMap((row) => [row, row]));
  const found = await db.query(
    sql`select distinct id from kept where ${sql.in(
      sql`hex(v)`,
      expected.map(({ h }) => h),
    )}`,
  );
  expect(found.rows).toHaveLength(rows.length);
}

async function charIsTrimmed(db: Connection, { writes, trims }: Meaning): Promise<void> {
  if (!writes) return;
  await db.query(sql`update kept set c = ${'a '} where id = 0`);
  const statement = sql`select distinct c from kept where id = 0`;
  if (trims) expect(await db.one(statement)).toEqual({ c: 'a' });
  else expect(await failure(db.query(statement))).toMatchObject({ code: 'CONFIG', outcome: 'applied' });
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
