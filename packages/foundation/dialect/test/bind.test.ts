import { describe, expect, test } from 'vitest';
import { bind, type Dialect, SqlTextError, type SqlValue, shareParameters } from '../src/index.ts';

function refusal(text: string, params: unknown, dialect: Dialect): string {
  try {
    bind(text, params as object, dialect);
  } catch (error) {
    expect(error).toBeInstanceOf(SqlTextError);
    expect((error as SqlTextError).code).toBe('DATA');
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('an array of parameters', () => {
  test('goes with the text as it is', () => {
    const text = 'select $2, $1, $2';
    expect(bind(text, [1, 'a'], 'postgres')).toEqual({ text, params: [1, 'a'] });
    expect(bind('select ?, ?', [null, true], 'mysql')).toEqual({ text: 'select ?, ?', params: [null, true] });
  });

  test('is copied, so that later changes do not reach a waiting statement', () => {
    const params = [1];
    const statement = bind('select ?', params, 'mysql');
    params[0] = 2;
    expect(statement.params).toEqual([1]);
  });

  test('is refused when there are too few or too many', () => {
    expect(refusal('select ?, ?', [1], 'mysql')).toBe('The statement needs 2 parameter(s), but 1 given.');
    expect(refusal('select ?', [1, 2], 'mysql')).toBe('The statement needs 1 parameter(s), but 2 given.');
    expect(refusal('select $1', [], 'postgres')).toBe('The statement needs 1 parameter(s), but 0 given.');
    expect(refusal("select '$1'", [1], 'postgres')).toBe('The statement needs 0 parameter(s), but 1 given.');
  });

  test('on PostgreSQL must reach the highest number, gaps included', () => {
    expect(bind('select $1, $3', [1, 2, 3], 'postgres').params).toEqual([1, 2, 3]);
    expect(refusal('select $1, $3', [1, 3], 'postgres')).toBe('The statement needs 3 parameter(s), but 2 given.');
    expect(refusal('select $99999999999', [1], 'postgres')).toContain('needs 99999999999 parameter(s)');
    expect(refusal('select $0', [1], 'postgres')).toContain('$0');
  });

  test('is refused where the placeholders are named, or of both styles', () => {
    expect(refusal('select :a', [1], 'mysql')).toContain('its parameters are an object');
    expect(refusal('select :a, $1', [1], 'postgres')).toContain('mixes $1 and :name');
    expect(refusal('select :a, ?', { a: 1 }, 'mysql')).toContain('mixes ? and :name');
  });
});

describe('no parameters', () => {
  test('leave a text without placeholders as it is', () => {
    for (const none of [undefined, [], {}]) {
      expect(bind("select '?', ':a'", none, 'mysql')).toEqual({ text: "select '?', ':a'", params: [] });
    }
  });

  test('are refused where there are placeholders', () => {
    expect(refusal('select ?', undefined, 'mysql')).toContain('needs 1 parameter(s)');
    expect(refusal('select :a', undefined, 'postgres')).toContain('its parameters are an object');
  });
});

describe('an object of parameters', () => {
  test('becomes ? on MySQL, once for every place', () => {
    const bound = bind("select :b, ':b', :a, :b", { a: 1, b: 2 }, 'mysql');
    expect(bound).toEqual({ text: "select ?, ':b', ?, ?", params: [2, 1, 2] });
  });

  test('becomes $n on PostgreSQL, one for each place', () => {
    expect(bind('select :b::int, :a, :b', { a: 1, b: 2 }, 'postgres')).toEqual({
      text: 'select $1::int, $2, $3',
      params: [2, 1, 2],
    });
    expect(bind('insert into t values (:a, :a)', { a: 1 }, 'postgres')).toEqual({
      text: 'insert into t values ($1, $2)',
      params: [1, 1],
    });
    expect(bind('update t set a = :a, b = :a where c = :a or d = :a', { a: 1 }, 'postgres')).toEqual({
      text: 'update t set a = $1, b = $2 where c = $3 or d = $4',
      params: [1, 1, 1, 1],
    });
  });

  test('one for each name that stands in GROUP BY or ORDER BY, but for VALUES, SET, WHERE and ON', () => {
    const bound = bind('select :b::int, :a, :a group by :b::int order by :b', { a: 1, b: 2 }, 'postgres');
    expect(bound).toEqual({ text: 'select $1::int, $2, $3 group by $1::int order by $1', params: [2, 1, 1] });
    expect(bind('select :a from (values (:a)) v group by :a', { a: 1 }, 'postgres').text).toBe(
      'select $1 from (values ($2)) v group by $1',
    );
  });

  test('may be of a class; its methods are no parameters', () => {
    class Params {
      a = 1;
      b(): void {}
    }
    expect(bind('select :a', new Params(), 'mysql').params).toEqual([1]);
    expect(refusal('select :b', new Params(), 'mysql')).toBe('The statement needs a parameter "b".');
  });

  test('never takes a member of the prototype', () => {
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
      expect(refusal(`select :${name}`, {}, 'mysql')).toBe(`The statement needs a parameter "${name}".`);
    }
    expect(bind('select :__proto__', JSON.parse('{"__proto__": 1}'), 'mysql').params).toEqual([1]);
    expect(bind('select :a', Object.assign(Object.create(null), { a: 1 }), 'mysql').params).toEqual([1]);
  });

  test('is refused when a name is missing, undefined or unknown', () => {
    expect(refusal('select :a', { b: 1 }, 'mysql')).toBe('The statement needs a parameter "a".');
    expect(refusal('select :a', { a: undefined }, 'mysql')).toBe(
      'The value of parameter "a" is undefined; use null for NULL.',
    );
    expect(refusal('select :a', { a: 1, b: 2 }, 'mysql')).toBe('The statement has no placeholder :b.');
    expect(refusal('select 1', { b: 2 }, 'mysql')).toBe('The statement has no placeholder :b.');
  });

  test('is refused where the placeholders are positional', () => {
    expect(refusal('select ?', { a: 1 }, 'mysql')).toContain('has ? placeholders, so its parameters are an array');
    expect(refusal('select $1', { a: 1 }, 'postgres')).toContain('has $1 placeholders');
  });

  test('gives the same text object again, so that caches by text find it', () => {
    const texts = [1, 2].map((a) => bind('select :a as the_same', { a }, 'postgres'));
    expect(texts.map(({ params }) => params)).toEqual([[1], [2]]);
    expect(texts[0]!.text).toBe(texts[1]!.text);
  });

  test('is refused when it is no object', () => {
    for (const params of [null, 5, 'abc'])
      expect(() => bind('select :a', params as never, 'mysql')).toThrow(SqlTextError);
  });
});

describe('values that cannot be sent', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const BOTH: readonly [name: string, value: unknown, problem: string][] = [
    ['undefined', undefined, 'is undefined'],
    ['an invalid Date', new Date(Number.NaN), 'is an invalid Date'],
    ['a high surrogate alone', 'a\ud800', 'holds a lone surrogate'],
    ['a low surrogate alone', '\udc00a', 'holds a lone surrogate'],
    ['a plain object', { a: 1 }, 'wrap it in sql.json'],
    ['a Map', new Map(), 'wrap it in sql.json'],
    ['an ArrayBuffer', new ArrayBuffer(1), 'is an object'],
    ['a function', () => 1, 'is a function'],
    ['a symbol', Symbol('s'), 'is a symbol'],
  ];
  const POSTGRES: typeof BOTH = [
    ['a NUL character', 'a\0b', 'holds a NUL character'],
    ['a cyclic array', cyclic, 'nested more than 6 deep'],
    ['seven dimensions', [[[[[[[1]]]]]]], 'nested more than 6 deep'],
    ['an undefined element', [1, undefined], 'is undefined'],
    ['a hole in an array', new Array(1), 'is undefined'],
    ['an object in an array', [[{}]], 'wrap it in sql.json'],
  ];
  const MYSQL: typeof BOTH = [
    ['NaN', Number.NaN, 'is not a finite number'],
    ['an infinity', -Infinity, 'is not a finite number'],
    ['an array', [1], 'use sql.in or sql.list'],
    ['a year of five digits', new Date(Date.UTC(10000, 0)), "outside of MySQL's years"],
    ['a year before Christ', new Date(Date.UTC(-1, 0)), "outside of MySQL's years"],
  ];

  test.each([...BOTH, ...POSTGRES])('on PostgreSQL: %s', (_, value, problem) => {
    expect(refusal('select $1', [value], 'postgres')).toContain(problem);
    expect(refusal('select :a', { a: value }, 'postgres')).toMatch(/^The value of parameter "a" /);
  });

  test.each([...BOTH, ...MYSQL])('on MySQL: %s', (_, value, problem) => {
    expect(refusal('select ?, ?', [1, value], 'mysql')).toContain(problem);
    expect(refusal('select ?, ?', [1, value], 'mysql')).toMatch(/^The value of parameter 2 /);
  });

  test('no message quotes a value', () => {
    for (const value of ['canary\ud800', { canary: 'canary' }, Symbol('canary'), ['canary\0']]) {
      expect(refusal('select $1', [value], 'postgres')).not.toContain('canary');
    }
  });

  test('all others are accepted', () => {
    const values = [null, true, 0, -0, 1.5, 5n, '', '\u{1f600}', new Date(0), new Uint8Array(), new Uint8Array([0])];
    expect(bind('select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?', values, 'mysql').params).toEqual(values);
    const arrays: SqlValue[] = [[], [null, 'a', [1]], [[[[[[1]]]]]], Number.NaN, new Date(8.64e15)];
    expect(bind('select $1, $2, $3, $4, $5', arrays, 'postgres').params).toEqual(arrays);
    expect(bind('select ?', ['a\0b'], 'mysql').params).toEqual(['a\0b']);
  });
});

describe('sharing parameters', () => {
  test('what stands in GROUP BY or ORDER BY is one placeholder with its equals, the rest is numbered anew', () => {
    const text = 'select f($1, $2), $3, $4, $5 from t where a = $6 group by f($7, $8) order by $9';
    expect(shareParameters({ text, params: ['a', 1, 2n, 'b', 'b', 'a', 'a', 1, null] })).toEqual({
      text: 'select f($1, $2), $3, $4, $5 from t where a = $6 group by f($1, $2) order by $7',
      params: ['a', 1, 2n, 'b', 'b', 'a', null],
    });
  });

  test('equals elsewhere may be of different types', () => {
    for (const text of ['select coalesce(a, $1), coalesce(b, $2)', 'insert into t select $1, $2']) {
      const statement = { text, params: [null, null] };
      expect(shareParameters(statement)).toBe(statement);
    }
  });

  test.each([
    ['int4', 'int8', false],
    ['int8', 'INT8', true],
    ['int8', ' int8[]', false],
    ['int8[]', 'int8[] order by 1', true],
    ['varchar(10)', 'varchar(20) limit 1', true],
    ['timestamp with time zone', 'timestamp without time zone', false],
    ['timestamp  with time zone', 'timestamp(3) with time zone desc', true],
    ['double precision', 'double precision and true', true],
    ['"Mood"', '"mood"', false],
    ['pg_catalog.int4', 'pg_catalog.int4', true],
  ])('equal values cast to %s and to %s', (one, other, shared) => {
    const statement = { text: `select $1::${one} group by $2::${other}`, params: ['a', 'a'] };
    expect(shareParameters(statement).params).toHaveLength(shared ? 1 : 2);
  });

  test('a value that is cast in one place only is shared; CAST is a cast, an alias is none', () => {
    const shared = (text: string) => shareParameters({ text, params: ['a', 'a'] }).params.length === 1;
    expect(shared('select f($1::text) from t group by f($2)')).toBe(true);
    expect(shared('select f($1) from t group by f($2::text)')).toBe(true);
    expect(shared('select $1 as a from t order by $2')).toBe(true);
    expect(shared('select cast($1 as date) from t order by cast ( $2 as text )')).toBe(false);
    expect(shared('select cast($1 as text) from t order by $2::text')).toBe(true);
    const three = shareParameters({
      text: 'select $1, $2::int8, $3::time group by $4::int8',
      params: [null, null, null, null],
    });
    expect(three).toEqual({ text: 'select $1, $1::int8, $2::time group by $1::int8', params: [null, null] });
  });

  test('values of different types or signs are not equal', () => {
    const statement = { text: 'select $1, $2, $3 order by $4, $5, $6', params: [1, 1n, '1', true, 0, -0] };
    expect(shareParameters(statement).params).toEqual(statement.params);
  });

  test('objects are never shared', () => {
    const date = new Date(0);
    const statement = { text: 'select $1, $2 order by $3, $4', params: [date, [1], date, [1]] };
    expect(shareParameters(statement)).toBe(statement);
  });

  test('nothing in VALUES, SET, WHERE and ON is shared', () => {
    for (const text of [
      'insert into t values ($1, (select a from u order by $2))',
      'update t set a = $1, b = (select a from u order by $2)',
      'select a from t where b = $1 order by $2',
      'select a from t join u on t.b = $1 order by $2',
    ]) {
      const statement = { text, params: ['x', 'x'] };
      expect(shareParameters(statement)).toBe(statement);
    }
  });

  test('what looks like a placeholder in quotes is left alone', () => {
    expect(shareParameters({ text: "select '$2', $1 order by $2", params: [7, 7] })).toEqual({
      text: "select '$2', $1 order by $1",
      params: [7],
    });
  });
});
