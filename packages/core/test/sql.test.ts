import { describe, expect, it } from 'vitest';
import { connect, type Dialect, type Sql, sql } from '../src/index.ts';
import { errorOf, expectError, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

/** What reaches the driver: the text, and the parameters. */
async function sent(statement: Sql<unknown>, dialect: Dialect): Promise<[string, readonly unknown[]]> {
  const script = new ScriptedDriver({ dialect });
  const seen: [string, readonly unknown[]][] = [];
  const adapter = {
    ...script.adapter,
    open: async () => ({
      execute: async ({ text, params }: { text: string; params: readonly unknown[] }) => {
        seen.push([text, params]);
        return { columns: [], rows: [], rowsAffected: 0 };
      },
      begin: () => Promise.reject(new Error()),
      stream: async function* () {},
      close: async () => {},
    }),
  };
  await connect(adapter).query(statement);
  return seen[0] as [string, readonly unknown[]];
}

const refused = (statement: Sql<unknown>, dialect: Dialect) =>
  connect(new ScriptedDriver({ dialect }).adapter).query(statement);

const part = sql`b = ${2}`;

/** Statement, and what it is on PostgreSQL and on MySQL. */
const RENDERED: readonly [string, Sql<unknown>, string, string, readonly unknown[]][] = [
  ['no value', sql`select 1`, 'select 1', 'select 1', []],
  ['a value', sql`select ${7}`, 'select $1', 'select ?', [7]],
  ['values in order', sql`select ${7}, ${'x'}`, 'select $1, $2', 'select ?, ?', [7, 'x']],
  [
    'null, bigint and boolean',
    sql`select ${null}, ${7n}, ${true}`,
    'select $1, $2, $3',
    'select ?, ?, ?',
    [null, 7n, true],
  ],
  ['a fragment', sql`select ${1} where ${part}`, 'select $1 where b = $2', 'select ? where b = ?', [1, 2]],
  ['a fragment in a fragment', sql`a ${sql`b ${sql`c ${3}`}`} ${4}`, 'a b c $1 $2', 'a b c ? ?', [3, 4]],
  ['an empty fragment', sql`select 1${sql.empty}`, 'select 1', 'select 1', []],
  ['a name', sql`select * from ${sql.identifier('users')}`, 'select * from "users"', 'select * from `users`', []],
  [
    'a name of two parts',
    sql`select * from ${sql.identifier('a', 'b')}`,
    'select * from "a"."b"',
    'select * from `a`.`b`',
    [],
  ],
  [
    'in',
    sql`select 1 where ${sql.in('u.id', [1, 2])}`,
    'select 1 where "u"."id" in ($1, $2)',
    'select 1 where `u`.`id` in (?, ?)',
    [1, 2],
  ],
  [
    'in of an expression',
    sql`select 1 where ${sql.in(sql`lower(${'A'})`, ['x'])}`,
    'select 1 where lower($1) in ($2)',
    'select 1 where lower(?) in (?)',
    ['A', 'x'],
  ],
  ['in of nothing', sql`select 1 where ${sql.in('id', [])}`, 'select 1 where 1 = 0', 'select 1 where 1 = 0', []],
  [
    'not in',
    sql`select 1 where ${sql.notIn('id', [1])}`,
    'select 1 where "id" not in ($1)',
    'select 1 where `id` not in (?)',
    [1],
  ],
  ['not in of nothing', sql`select 1 where ${sql.notIn('id', [])}`, 'select 1 where 1 = 1', 'select 1 where 1 = 1', []],
  ['list', sql`select coalesce(${sql.list([1, 2])})`, 'select coalesce($1, $2)', 'select coalesce(?, ?)', [1, 2]],
  [
    'values',
    sql`insert into t ${sql.values([
      [1, 'a'],
      [2, 'b'],
    ])}`,
    'insert into t values ($1, $2), ($3, $4)',
    'insert into t values (?, ?), (?, ?)',
    [1, 'a', 2, 'b'],
  ],
  ['join with commas', sql`select ${sql.join([sql`a`, 1, sql`b`])}`, 'select a, $1, b', 'select a, ?, b', [1]],
  [
    'join with a separator',
    sql`select 1 where ${sql.join([sql`a = ${1}`, sql`b = ${2}`], sql` and `)}`,
    'select 1 where a = $1 and b = $2',
    'select 1 where a = ? and b = ?',
    [1, 2],
  ],
  ['join of nothing', sql`select 1${sql.join([])}`, 'select 1', 'select 1', []],
  ['raw', sql`select ${sql.raw('now()')}`, 'select now()', 'select now()', []],
];

describe.each(RENDERED)('%s', (_, statement, postgres, mysql, params) => {
  it('is rendered for PostgreSQL', async () => {
    expect(await sent(statement, 'postgres')).toEqual([postgres, params]);
  });

  it('is rendered for MySQL', async () => {
    expect(await sent(statement, 'mysql')).toEqual([mysql, params]);
  });
});

it('can be used on both dialects and any number of times', async () => {
  const statement = sql`select ${1} where ${part}`;
  for (const dialect of ['postgres', 'mysql', 'postgres'] as const) {
    expect((await sent(statement, dialect))[1]).toEqual([1, 2]);
  }
});

it('makes one parameter of equal primitives on PostgreSQL, outside of VALUES and SET', async () => {
  const unit = 'day';
  expect(
    await sent(sql`select date_trunc(${unit}, a) from t where b = ${1} group by date_trunc(${unit}, a)`, 'postgres'),
  ).toEqual(['select date_trunc($1, a) from t where b = $2 group by date_trunc($1, a)', ['day', 1]]);
  expect(await sent(sql`insert into t ${sql.values([[1, 1]])}`, 'postgres')).toEqual([
    'insert into t values ($1, $2)',
    [1, 1],
  ]);
  expect(await sent(sql`select ${1}, ${'1'}, ${1n}, ${true}`, 'postgres')).toEqual([
    'select $1, $2, $3, $4',
    [1, '1', 1n, true],
  ]);
  expect(await sent(sql`select ${1}, ${1}`, 'mysql')).toEqual(['select ?, ?', [1, 1]]);
});

it('sends JSON as a parameter', async () => {
  const [, params] = await sent(sql`select ${sql.json({ a: "it's" })}`, 'postgres');
  expect(params).toEqual([expect.objectContaining({ text: `{"a":"it's"}` })]);
});

describe.each<Dialect>(['postgres', 'mysql'])('on %s', (dialect) => {
  it.each([
    ['in quotes', () => sql`select '${1}'`],
    ['in a quoted name', () => (dialect === 'mysql' ? sql`select \`${1}\`` : sql`select "${1}"`)],
    ['in a line comment', () => sql`select 1 -- ${1}`],
    ['in a comment', () => sql`select 1 /* ${1} */`],
    ['in an unfinished comment', () => sql`select 1 /* ${1}`],
    ['in unfinished quotes', () => sql`select 'a${1}`],
    ['beside a placeholder of the text', () => (dialect === 'mysql' ? sql`select ?, ${1}` : sql`select $1, ${1}`)],
    ['beside a placeholder of raw text', () => sql`select ${sql.raw(dialect === 'mysql' ? '?' : '$1')}, ${1}`],
  ])('refuses a value %s', async (_, statement) => {
    await expectError(refused(statement(), dialect), 'DATA');
  });

  it('refuses a placeholder of the text that has no value', async () => {
    await expectError(refused(dialect === 'mysql' ? sql`select ?` : sql`select $1`, dialect), 'DATA');
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a plain object', { a: 1 }],
    ['an invalid Date', new Date(Number.NaN)],
    ['half a surrogate pair', 'a\ud800'],
    ['a foreign Sql look-alike', { parts: ['drop table t'], source: undefined }],
  ])('refuses %s for a value', async (_, value) => {
    await expectError(refused(sql`select ${value as never}`, dialect), 'DATA');
  });

  it('keeps a name from breaking out of its quotes', async () => {
    const quote = dialect === 'mysql' ? '`' : '"';
    const evil = `a${quote}; drop table t; --`;
    const [text] = await sent(sql`select ${sql.identifier(evil)}`, dialect);
    expect(text).toBe(`select ${quote}a${quote}${quote}; drop table t; --${quote}`);
    const [inText] = await sent(sql`select 1 where ${sql.in(`x${quote} or 1`, [1])}`, dialect);
    expect(inText).toContain(`${quote}x${quote}${quote} or 1${quote} in (`);
  });

  it('refuses transaction control and several statements, wherever their text comes from', async () => {
    await expectError(refused(sql`commit`, dialect), 'TRANSACTION');
    await expectError(refused(sql`/* x */ ${sql.raw('rollback')}`, dialect), 'TRANSACTION');
    await expectError(refused(sql`select 1; ${sql.raw('drop table t')}`, dialect), 'SYNTAX');
    await expectError(refused(sql``, dialect), 'SYNTAX');
    await expectError(refused(sql`-- nothing`, dialect), 'SYNTAX');
  });
});

it.each([
  ['before a digit', () => sql`select ${1}2`],
  ['inside a name', () => sql`select a${1}`],
  ['in dollar quotes', () => sql`select $$ ${1} $$`],
])('refuses a value %s on PostgreSQL', async (_, statement) => {
  await expectError(refused(statement(), 'postgres'), 'DATA');
});

it.each([
  ['identifier without a name', () => sql.identifier()],
  ['identifier with an empty name', () => sql.identifier('a', '')],
  ['identifier with NUL', () => sql.identifier('a\0b')],
  ['identifier of no string', () => sql.identifier(7 as never)],
  ['list of nothing', () => sql.list([])],
  ['values without rows', () => sql.values([])],
  ['values without columns', () => sql.values([[]])],
  ['values with rows of different length', () => sql.values([[1], [1, 2]])],
  ['in with an empty part in the name', () => sql.in('a..b', [1])],
  ['json of undefined', () => sql.json(undefined)],
  [
    'json of a cycle',
    () => {
      const a: unknown[] = [];
      a.push(a);
      return sql.json(a);
    },
  ],
  ['sql.text as a part', () => sql`select ${sql.text('select 1')}`],
  ['sql.text in join', () => sql.join([sql.text('select 1')])],
  ['the tag called as a function', () => (sql as unknown as (text: string) => Sql)('select 1')],
  ['the tag called with an array', () => (sql as unknown as (texts: string[]) => Sql)(['select 1'])],
  ['a typed tag called as a function', () => (sql.typed({} as never) as unknown as (text: string) => Sql)('select 1')],
  ['in without values', () => sql.in('a', undefined as never)],
  ['list of no array', () => sql.list(undefined as never)],
  ['values of no array', () => sql.values(undefined as never)],
  ['raw of no text', () => sql.raw(undefined as never)],
  ['text of no text', () => sql.text(undefined as never)],
  ['join with a text for a separator', () => sql.join([1, 2], ', ' as never)],
  ['join of no array', () => sql.join(undefined as never)],
])('refuses %s at once, with DATA', async (_, make) => {
  expect((await errorOf(make)).code).toBe('DATA');
});

it('repeats no value in its errors', async () => {
  for (const statement of [
    sql`select '${'canary'}'`,
    sql`select ${{ canary: 1 } as never}`,
    sql`select ${'canary\ud800'}`,
  ]) {
    const error = await errorOf(refused(statement, 'postgres'));
    expect(error.message).not.toContain('canary');
  }
});

describe('sql.text', () => {
  it("is the same as a text and its parameters, with the dialect's placeholders or by name", async () => {
    expect(await sent(sql.text('select $1', [7]), 'postgres')).toEqual(['select $1', [7]]);
    expect(await sent(sql.text('select ?', [7]), 'mysql')).toEqual(['select ?', [7]]);
    expect(await sent(sql.text('select :a, :b, :a', { a: 1, b: 2 }), 'postgres')).toEqual([
      'select $1, $2, $3',
      [1, 2, 1],
    ]);
    expect(await sent(sql.text('select :a, :b, :a', { a: 1, b: 2 }), 'mysql')).toEqual(['select ?, ?, ?', [1, 2, 1]]);
  });

  it('works beside sql.typed and the other methods', async () => {
    const script = new ScriptedDriver();
    const db = connect(script.adapter);
    await db.first(sql.text('select :a', { a: 1 }));
    await db.batch([sql.text('select $1', [1]), sql`select 2`]);
    expect(script.log).toContain('execute select $1 [1]');
    expect(script.log).toContain('tx1 execute select $1 [1]');
  });
});
