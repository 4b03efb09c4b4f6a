import { describe, expect, test } from 'vitest';
import { type Dialect, planOf } from '../src/index.ts';

/** The placeholders of a text, as they are written in it. */
function placeholders(text: string, dialect: Dialect): string[] {
  const { positional, named } = planOf(text, dialect);
  return [...positional, ...named].sort((a, b) => a.start - b.start).map(({ start, end }) => text.slice(start, end));
}

const POSTGRES: readonly [name: string, text: string, expected: readonly string[]][] = [
  ['numbered placeholders, in order of appearance', 'select $2, $1, $10', ['$2', '$1', '$10']],
  ['named placeholders', 'select :a, :b_1 where x=:a', [':a', ':b_1', ':a']],
  ['a named placeholder ends where its ASCII name ends', 'select :a+1, :b-1', [':a', ':b']],
  ['none in quotes', "select '$1 :a', '$1''$2', ':a'", []],
  ['a backslash is an ordinary character between plain quotes', "select '\\', $1", ['$1']],
  ['a backslash escapes in E strings', "select E'\\'$1', e'\\\\', $1", ['$1']],
  ['a doubled quote in an E string', "select E'a''$1\\'', $2", ['$2']],
  ['an E string goes on after a newline, backslashes included', "select E'a'\n  '\\'$1', $2", ['$2']],
  ['an E string goes on after a comment and a newline', "select E'a' -- it's $1\n'\\'$2', $3", ['$3']],
  ['an E string does not go on without a newline', "select E'a' '\\', $1", ['$1']],
  ['a name that ends in e is no prefix', "select fe'\\', $1", ['$1']],
  ['U&, N, B and X strings', "select U&'\\0041 $1', N'$1', B'01', x'1F', $1", ['$1']],
  ['quoted identifiers', 'select "a""$1", "it\'s", U&"d\\0061t", $1', ['$1']],
  ['a line comment to the newline', "select 1 -- it's $1\n, $2", ['$2']],
  ['a line comment to the carriage return', "select 1 -- it's $1\r, $2", ['$2']],
  ['a line comment needs no white space', 'select 1--$1', []],
  ['a block comment', "/* it's $1 */ select $2", ['$2']],
  ['block comments nest', '/* /* $1 */ $2 */ select $3', ['$3']],
  ['/*/ does not close itself', '/*/ $1 */ select $2', ['$2']],
  ['a hint is a comment', '/*+ SeqScan(a) $1 */ select $2', ['$2']],
  ['/*! is no code on PostgreSQL', '/*!80000 $1 */ select $2', ['$2']],
  ['a comment opens within an operator', 'select 1 +/* $1 */ $2, 1 +-- $3\n $4', ['$2', '$4']],
  ['dollar quotes', "select $$ $1 it's :a $$, $2", ['$2']],
  ['dollar quotes with a tag', 'select $a$ $1 $b$ $2 $$ $a$, $3', ['$3']],
  ['a dollar quote closes right after another dollar', 'select $a$ $b$a$, $1', ['$1']],
  ['a tag beyond ASCII', 'select $é$ $1 $é$, $2', ['$2']],
  ['no dollar quote within an identifier', 'select a$$, $1, b$$', ['$1']],
  ['a tag does not begin with a digit', 'select $1$$ $2 $$', ['$1']],
  ['an identifier may hold a dollar and a digit', 'select a$1, é$1', []],
  ['casts', 'select a::int, $1::text, :a::jsonb, ::b', ['$1', ':a']],
  ['JSON operators', "select a ? 'b', a ?| $1, a ?& $2, a @? $3, a @@ :d, a ->> :e", ['$1', '$2', '$3', ':d', ':e']],
  ['the named argument notation', 'select f(a := $1, b:=:c, d => $2)', ['$1', ':c', '$2']],
  ['no named placeholder in a subscript', 'select a[:b], a[1:c], a[b:c], a[:b:c], (f(x))[:y]', []],
  ['but in parentheses in one', 'select a[(:b):(:c)]', [':b', ':c']],
  ['and $n anywhere', 'select a[$1:$2]', ['$1', '$2']],
  ['in an ARRAY constructor', 'select ARRAY[:a, :b], array [ [:c], [:d, :e] ]', [':a', ':b', ':c', ':d', ':e']],
  ['a subscript inside of a constructor', 'select array[a[:b], :c]', [':c']],
  ['a constructor inside of a subscript', 'select a[(array[:b])[:c]]', [':b']],
  ['a question mark is an operator', 'select a ? b', []],
  ['a colon before a digit or blank is none', 'select a : b, :1', []],
  ['text that is not closed', "select $1, 'abc $2", ['$1']],
  ['a dollar quote that is not closed', 'select $1, $a$ $2', ['$1']],
  ['a comment that is not closed', 'select $1 /* /* */ $2', ['$1']],
  ['a quote as the last character', "select $1 '", ['$1']],
];

const MYSQL: readonly [name: string, text: string, expected: readonly string[]][] = [
  ['question marks', 'select ?, ? where a=?', ['?', '?', '?']],
  ['named placeholders', 'select :a, @b := :c', [':a', ':c']],
  ['none in quotes', 'select \'?\', "?", `?`, \'it\'\'s ?\', "a""?", `a``?`', []],
  ['a backslash escapes in strings', 'select \'\\\'?\', "\\"?", ?', ['?']],
  ['a doubled backslash does not escape the quote', "select '\\\\', ?", ['?']],
  ['a backslash is an ordinary character between backticks', 'select `\\`, ?', ['?']],
  ['E is no prefix on MySQL', "select e'\\'?', ?", ['?']],
  ['introducers and prefixes', "select _utf8mb4'?', N'\\'?', x'1F', b'1', _binary x'00', ?", ['?']],
  ['-- followed by a blank, a tab, a newline or nothing', "-- it's ?\nselect --\t'\n? --\n, ? --", ['?', '?']],
  ['--1 is arithmetic', 'select 5--?', ['?']],
  ['-- followed by a control character is a comment', "select 1 --\u0001 it's ?\n, ? --\u007f ?", ['?']],
  ['# to the newline', "select 1 # it's ?\r ?\n, ?", ['?']],
  ['a block comment', "/* it's ? */ select ?", ['?']],
  ['block comments do not nest', '/* /* ? */ select ?', ['?']],
  ['/*/ does not close itself', '/*/ ? */ select ?', ['?']],
  ['a hint is a comment', 'select /*+ MAX_EXECUTION_TIME(?) */ ?', ['?']],
  ['a version comment is code', "select /*! ?, '*/ ?', */ /*!80000 ? */ + /*!080000 ? */", ['?', '?', '?']],
  ['a comment inside of a version comment', 'select /*!80000 1 /* ? */ + ? */ * ?', ['?', '?']],
  ['*/ outside of one is an operator', 'select 2 */ ?', ['?']],
  ['a dollar is a letter', 'select $1, $a, a$b$?, a$$, ?', ['?', '?']],
  ['dollar quotes, as in MySQL 9', "create function f() as $a$ ? ' $$ $a$; select $1$ ? $1$, ?", ['?']],
  ['user and system variables', "select @a, @@b, @`?`, @'?', ?", ['?']],
  ['JSON operators', "select a->'$.b', a->>'$.c', ?", ['?']],
  ['labels in a routine are none', 'create procedure p() again:LOOP leave again; end loop again', []],
  ['text that is not closed', "select ?, 'abc ?", ['?']],
  ['a backslash as the last character', "select ?, 'abc \\", ['?']],
];

describe('placeholders on PostgreSQL', () => {
  test.each(POSTGRES)('%s', (_, text, expected) => {
    expect(placeholders(text, 'postgres')).toEqual(expected);
  });

  test('numbers are 0-based indexes', () => {
    expect(planOf('select $2, $1, $0', 'postgres').positional.map(({ index }) => index)).toEqual([1, 0, -1]);
  });

  const SHAREABLE: readonly [text: string, numbers: readonly number[]][] = [
    ['select f($1), $2 from t where a = $3 group by f($4) having f($5) > $6 order by f($7)', [1, 2, 4, 5, 6, 7]],
    ['select distinct on (f($1)) f($2) from t join u on t.a = $3 and t.b = $4 order by f($5)', [1, 2, 5]],
    ['insert into t values ($1, $2), (f($3)) on conflict (f($4)) do nothing returning $5', []],
    ['update t set a = $1, b = (select $2 from u group by $3) where c = $4', []],
    [
      'select $1 from (values ($2, $3)) v union select $4 from t where a is distinct from $5 union select $6',
      [1, 4, 6],
    ],
    ['select $1, (select $2 from u where a = $3), $4 from t', [1, 2, 4]],
    ['select t.where, $1 from t', [1]],
  ];
  test.each([
    ['select $1 from t group by $2, f($3) having $4 order by ($5) limit $6', [2, 3, 5]],
    ['select rank() over (partition by $1 order by $2), $3 from t', [2]],
    ['select (select a from t order by $1), $2 union select $3 order by a, $4', [1, 4]],
    ['insert into t values ($1) on conflict do nothing; select by, $2', []],
  ] as const)('those in GROUP BY and ORDER BY are known: %s', (text, numbers) => {
    const by = planOf(text, 'postgres').positional.filter((one) => one.by);
    expect(by.map(({ index }) => index! + 1)).toEqual(numbers);
  });

  test.each(SHAREABLE)('those in VALUES, SET, WHERE and ON are not shareable: %s', (text, numbers) => {
    const shareable = planOf(text, 'postgres').positional.filter((one) => one.shareable);
    expect(shareable.map(({ index }) => index! + 1)).toEqual(numbers);
  });
});

describe('placeholders on MySQL', () => {
  test.each(MYSQL)('%s', (_, text, expected) => {
    expect(placeholders(text, 'mysql')).toEqual(expected);
  });
});
