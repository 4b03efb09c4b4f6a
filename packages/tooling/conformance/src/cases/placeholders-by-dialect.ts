import { sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';

const postgres = casesOf('placeholders', 'postgres');
const mysql = casesOf('placeholders', 'mysql');

/** A text with parameters that must answer one row: `[name, promise, text, parameters, row]`. */
type Lexed = readonly [string, string, string, readonly unknown[] | object, object];

const postgresTexts: readonly Lexed[] = [
  ['repeated', '$1 may be used twice', 'select $1::int + $1::int as a', [2], { a: 4 }],
  ['out-of-order', '$2 may come before $1', 'select $2::text as a, $1::int as b', [1, 'x'], { a: 'x', b: 1 }],
  [
    'two-digits',
    '$10 is not $1 and a 0',
    `select ${Array.from({ length: 10 }, (_, i) => `$${i + 1}::int`).join(' + ')} as a`,
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    { a: 55 },
  ],
  ['cast', '::type is no :name', 'select :a::int as a, :b::text as b', { a: 1, b: 'x' }, { a: 1, b: 'x' }],
  ['dollar-quotes', '$$…$$ is a string', "select $$ $1 :a ' $$ as a, $1::int as b", [1], { a: " $1 :a ' ", b: 1 }],
  [
    'tagged-dollar-quotes',
    '$tag$…$tag$ is a string',
    'select $q$ $$ $1 $q$ as a, $1::int as b',
    [1],
    { a: ' $$ $1 ', b: 1 },
  ],
  [
    'escape-string',
    "a quote after a backslash does not end E'…'",
    "select E'\\' $1 :a' as a, $1::int as b",
    [1],
    { a: "' $1 :a", b: 1 },
  ],
  [
    'plain-backslash',
    "a backslash at the end of '…' is a character",
    "select '\\' as a, $1::int as b",
    [1],
    { a: '\\', b: 1 },
  ],
  ['unicode-string', "U&'…' is a string", "select U&'d\\0061t$1' as a, $1::int as b", [1], { a: 'dat$1', b: 1 }],
  ['nested-comment', 'comments nest', 'select /* /* $2 */ $3 */ $1::int as a', [1], { a: 1 }],
  ['dash-comment', '--x is a comment', 'select $1::int as a --x $2 :b', [1], { a: 1 }],
  ['json-exists', 'the JSON operator ? is no placeholder', 'select \'{"a":1}\'::jsonb ? $1 as a', ['a'], { a: true }],
  ['json-any', '?| is an operator', 'select \'{"a":1}\'::jsonb ?| $1 as a', [['b', 'a']], { a: true }],
  ['json-all', '?& is an operator', 'select \'{"a":1}\'::jsonb ?& $1 as a', [['b', 'a']], { a: false }],
  ['json-path', '@? is an operator', 'select \'{"a":1}\'::jsonb @? $1 as a', ['$.a'], { a: true }],
  ['slice', 'a[1:2] is a slice', 'select (array[1,2,3])[1:2] as a, :b::int as b', { b: 5 }, { a: [1, 2], b: 5 }],
  [
    'slice-of-columns',
    'a[lo:hi] is a slice of columns',
    'select v[lo:hi] as a from (select array[1,2,3] as v, 2 as lo, 3 as hi) s where 1 = :b',
    { b: 1 },
    { a: [2, 3] },
  ],
  [
    'array-constructor',
    ':name works inside ARRAY[…]',
    'select array[:a, :b]::int[] as a',
    { a: 1, b: 2 },
    { a: [1, 2] },
  ],
  [
    'named-shared',
    'one :name is one parameter, also in GROUP BY',
    'select :a::int + n as a from generate_series(1, 1) as n group by :a::int + n',
    { a: 4 },
    { a: 5 },
  ],
  ['regex-operator', '!~ and ~* are operators', "select 'ab' ~* $1 as a", ['AB'], { a: true }],
  [
    'named-argument',
    ':= and => name arguments',
    'select make_interval(days => :a, hours := :b)::text as a',
    { a: 1, b: 2 },
    { a: '1 day 02:00:00' },
  ],
];

const mysqlTexts: readonly Lexed[] = [
  ['backslash-quote', "\\' does not end a string", "select 'it\\'s ? :a' as a, ? as b", [1], { a: "it's ? :a", b: 1 }],
  ['double-quotes', '"…" is a string', 'select "? \'" as a, ? as b', [1], { a: "? '", b: 1 }],
  ['backticks', '`…` is a name', 'select 1 as `? :a`, ? as b', [2], { '? :a': 1, b: 2 }],
  ['hash-comment', '# starts a comment', 'select ? as a # ? :b', [1], { a: 1 }],
  ['dash-comment', '-- starts a comment', 'select ? as a -- ? :b', [1], { a: 1 }],
  ['no-dash-comment', '--1 is minus minus one', 'select 5--1 as a, ? as b', [1], { a: 6, b: 1 }],
  ['comments-do-not-nest', 'the first */ ends a comment', 'select /* /* ? */ ? as a', [1], { a: 1 }],
  ['version-comment', '/*! … */ is code, with its placeholders', 'select 1 as a /*! , ? as b */', [2], { a: 1, b: 2 }],
  ['version-comment-number', '/*!80000 … */ is code', 'select 1 as a /*!80000 , ? as b */', [2], { a: 1, b: 2 }],
  ['optimizer-hint', '/*+ … */ is a hint', 'select /*+ MAX_EXECUTION_TIME(9000) */ ? as a', [1], { a: 1 }],
  ['assignment', ':= assigns a variable', 'select @conformance := :a as a', { a: 5 }, { a: 5 }],
  [
    'json-arrow',
    '->> with a path is an operator',
    'select json_unquote(json_extract(\'{"a": "x?"}\', ?)) as a',
    ['$.a'],
    { a: 'x?' },
  ],
  ['negative-after-minus', 'a negative number after a minus is no comment', 'select 5 -? as a', [-3], { a: 8 }],
  ['named-negative', 'a negative :name after a minus is no comment', 'select 5-:a as a', { a: -3 }, { a: 8 }],
  [
    'adjacent-words',
    'a value never runs into the word beside it',
    "select 1 as a where 'x' =?and 1=?",
    ['x', 1],
    { a: 1 },
  ],
  ['limit', 'LIMIT takes a number', 'select 1 as a limit ? offset ?', [1, 0], { a: 1 }],
];

/** Places where a lexer that does not know the dialect goes wrong. */
export const placeholdersByDialect: readonly Case[] = [
  ...postgresTexts.map(([name, title, text, params, row]) =>
    postgres(name, title, async ({ db }) => equal((await db.query(text, params)).rows, [row])),
  ),
  postgres('limit', 'LIMIT and OFFSET take parameters', async ({ db }) => {
    const { rows } = await db.query(sql`select n from generate_series(1, 9) as n order by n limit ${2} offset ${3}`);
    equal(rows, [{ n: 4 }, { n: 5 }]);
  }),
  postgres('gap', '$1 and $3 need three parameters', async ({ db }) => {
    await rejects(db.query('select $1::int, $3::int', [1, 2]), { code: 'DATA', outcome: 'not-applied' });
  }),
  postgres(
    'shared-not-in-values',
    'equal values of different columns stay parameters of their own',
    async (context) => {
      const t = sql.identifier(await context.table('a int, b text, c numeric'));
      await context.db.query(sql`insert into ${t} values (${5}, ${5}, ${5})`);
      equal(await context.db.one(sql`select * from ${t}`), { a: 5, b: '5', c: '5' });
      await context.db.query(sql`update ${t} set a = ${6}, b = ${6}, c = ${6}`);
      equal(await context.db.one(sql`select * from ${t}`), { a: 6, b: '6', c: '6' });
    },
  ),
  ...mysqlTexts.map(([name, title, text, params, row]) =>
    mysql(name, title, async ({ db }) => equal((await db.query(text, params)).rows, [row])),
  ),
];
