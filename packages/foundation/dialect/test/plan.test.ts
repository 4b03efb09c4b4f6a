import { describe, expect, test } from 'vitest';
import { type Dialect, planOf, SqlTextError } from '../src/index.ts';

function statements(text: string, dialect: Dialect): string[] {
  return planOf(text, dialect).bounds.map(({ start, end }) => text.slice(start, end));
}

const DIALECTS = ['postgres', 'mysql'] as const;

describe.each(DIALECTS)('statements on %s', (dialect) => {
  test('comments, white space and semicolons alone are no statement', () => {
    for (const text of ['', ' \n\t', ';', ' ; ;; ', '/* a */', '-- a', '/* a */;-- b\n;']) {
      expect(statements(text, dialect), text).toEqual([]);
    }
  });

  test('several are told apart, without their semicolons', () => {
    expect(statements("select ';'; /* ; */ select 2 ;; -- ;\nselect 3", dialect)).toEqual([
      "select ';'",
      '/* ; */ select 2',
      '-- ;\nselect 3',
    ]);
  });

  test('a trailing semicolon makes no second statement', () => {
    expect(planOf('select 1;', dialect).statements).toBe(1);
    expect(planOf('select 1; -- done', dialect).statements).toBe(1);
  });

  test('a text with a NUL character is refused', () => {
    expect(() => planOf('select 1\0', dialect)).toThrow(
      new SqlTextError('SYNTAX', 'The statement holds a NUL character.'),
    );
  });

  test('the keyword is the first word, whatever stands before it', () => {
    const keyword = (text: string) => planOf(text, dialect).keyword;
    expect(keyword('SELECT 1')).toBe('select');
    expect(keyword('/* update */ -- delete\n ((select 1) union (select 2))')).toBe('select');
    expect(keyword('With a as (select 1) insert into b select * from a')).toBe('with');
    expect(keyword('')).toBe('');
    expect(keyword('1; select 2')).toBe('');
  });

  test('the same text gives the same plan, from the cache', () => {
    expect(planOf('select 1, 2', dialect)).toBe(planOf(['select 1', '2'].join(', '), dialect));
  });

  test('the cache is bounded, by count and by length, and keeps what is used', () => {
    const used = planOf('select kept', dialect);
    const unused = planOf('select forgotten', dialect);
    const long = `select '${'x'.repeat(70_000)}'`;
    const ofLong = planOf(long, dialect);
    expect(planOf(long, dialect)).toBe(ofLong);
    planOf('select something else', dialect);
    expect(planOf(long, dialect)).not.toBe(ofLong);
    for (let n = 0; n < 2_000; n++) {
      planOf(`select ${n}`, dialect);
      if (n % 100 === 0) expect(planOf('select kept', dialect)).toBe(used);
    }
    expect(planOf('select forgotten', dialect)).not.toBe(unused);
    const forgotten = planOf('select forgotten', dialect);
    for (let n = 0; n < 100; n++) planOf(`select '${n}${'x'.repeat(40_000)}'`, dialect);
    expect(planOf('select forgotten', dialect)).not.toBe(forgotten);
  });
});

describe('statements on PostgreSQL', () => {
  test('semicolons in parentheses end nothing', () => {
    expect(
      planOf('create rule r as on insert to t do also (delete from a; delete from b)', 'postgres').statements,
    ).toBe(1);
  });

  test('semicolons in an SQL-standard function body end nothing', () => {
    const body = `create or replace function f(a int) returns int language sql
      begin atomic
        insert into t values (case when a > 1 then a end);
        select case a when 1 then 2 else case when true then 3 end end;
      end`;
    expect(statements(`${body}; select 1`, 'postgres')).toEqual([body, 'select 1']);
    expect(statements('create procedure p() begin atomic end; select 1', 'postgres')).toHaveLength(2);
  });

  test('BEGIN outside of a function body is a statement', () => {
    expect(statements('begin; create function f() returns int as $$ begin; end $$; end', 'postgres')).toHaveLength(3);
  });
});

describe('statements on MySQL', () => {
  test('version comments belong to their statements', () => {
    const dump = '/*!40101 SET NAMES utf8 */;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;';
    expect(statements(dump, 'mysql')).toEqual([
      '/*!40101 SET NAMES utf8 */',
      '/*!40000 ALTER TABLE `t` DISABLE KEYS */',
    ]);
  });

  const BODIES: readonly [name: string, body: string][] = [
    ['a block', 'create procedure p() begin select 1; select 2; end'],
    ['a definer', "create definer = `a`@'%' procedure p() begin select 1; end"],
    [
      'a definer without quotes',
      'create definer=root@localhost trigger t before insert on x for each row begin set @a = 1; end',
    ],
    ['an empty block', 'create procedure p() begin end'],
    ['blocks in blocks', 'create procedure p() begin begin select 1; end; begin select 2; end; end'],
    ['IF', 'create procedure p() begin if a then select 1; elseif b then select 2; else select 3; end if; end'],
    [
      'IF with parentheses',
      'create procedure p() begin if (a) then select 1; end if; if exists (select 1) then do 1; end if; end',
    ],
    ['ELSE IF', 'create procedure p() begin if a then do 1; else if b then do 2; end if; end if; end'],
    ['IF as the body', 'create trigger t before insert on x for each row if new.a then set @a = 1; set @b = 2; end if'],
    [
      'the function IF',
      'create procedure p() begin set @a = if(a, b, c); select if(a, 1, 2), case when if(a,b,c) then 1 end; end',
    ],
    ['IF EXISTS', 'create procedure if not exists p() begin drop table if exists t; do 1; end'],
    [
      'the CASE expression',
      'create function f() returns int begin return case when a then if(b, 1, 2) else 3 end; end',
    ],
    [
      'the CASE statement',
      'create procedure p() begin case a when 1 then select 1; else begin do 1; end; end case; select 2; end',
    ],
    ['CASE as the body', 'create procedure p() case a when 1 then do 1; else do 2; end case'],
    [
      'loops',
      'create procedure p() begin a: loop leave a; end loop a; while b do do 1; end while; repeat do 1; until c end repeat; end',
    ],
    [
      'labels without a blank',
      'create procedure p() outer_block:BEGIN again:LOOP leave again; end loop; end outer_block',
    ],
    ['a loop as the body', 'create procedure p() repeat do 1; until true end repeat'],
    ['the function REPEAT', "create procedure p() begin select repeat('a', 3); do 1; end"],
    ['handlers', 'create procedure p() begin declare exit handler for sqlexception begin rollback; end; do 1; end'],
    ['an event', 'create event e on schedule every 1 hour do begin do 1; do 2; end'],
    [
      'columns named begin and end',
      'create procedure p() begin select t.begin, t.end from t; select `end` from t; end',
    ],
    ['upper case', 'CREATE PROCEDURE P() BEGIN IF A THEN SELECT 1; END IF; END'],
  ];
  test.each(BODIES)('semicolons in a routine end nothing: %s', (_, body) => {
    expect(statements(`${body};\nselect 1`, 'mysql')).toEqual([body, 'select 1']);
  });

  test('a table that is named like a routine kind has no body', () => {
    expect(statements('create table event (a int); begin; select 1', 'mysql')).toHaveLength(3);
  });

  test('parentheses that are not closed hide no semicolon', () => {
    expect(planOf('select (1; drop table t', 'mysql').statements).toBe(2);
  });
});

describe('transaction control', () => {
  const BOTH = [
    'begin',
    'BEGIN WORK',
    'start transaction read only',
    'commit',
    '/* a */ rollback to savepoint a',
    'savepoint a',
    'release savepoint a',
    'set transaction isolation level serializable',
    'set session transaction read only',
    'select 1; commit',
  ];
  const OWN: Readonly<Record<Dialect, readonly string[]>> = {
    postgres: [
      'end',
      'abort',
      "prepare transaction 'a'",
      "commit prepared 'a'",
      "rollback prepared 'a'",
      'release a',
      'set local transaction isolation level serializable',
      'set session characteristics as transaction read only',
    ],
    mysql: ['set autocommit = 0', 'SET @@session.autocommit=1', 'set names utf8mb4, autocommit = 0', "xa start 'a'"],
  };
  const NEITHER = [
    'select 1',
    'insert into commit values (1)',
    'set search_path = begin',
    'prepare p as select 1',
    'select begin from commit',
    'set transaction_timeout = 1',
    'committed',
    '"commit"',
  ];

  test.each(DIALECTS)('is seen on %s', (dialect) => {
    for (const text of [...BOTH, ...OWN[dialect]]) expect(planOf(text, dialect).control, text).toBe('transaction');
    for (const text of NEITHER) expect(planOf(text, dialect).control, text).toBeUndefined();
  });

  test('locking tables is seen on MySQL only', () => {
    for (const text of ['lock tables a read', 'LOCK TABLE a write', 'unlock tables']) {
      expect(planOf(text, 'mysql').control, text).toBe('lock-tables');
    }
    expect(planOf('lock table a in share mode', 'postgres').control).toBeUndefined();
    expect(planOf('lock instance for backup', 'mysql').control).toBeUndefined();
  });
});

describe('implicit commit', () => {
  test('is seen on MySQL', () => {
    const statements = [
      'create table a (b int)',
      '/*!50000 create */ table a (b int)',
      'alter table a add b int',
      'drop index a on b',
      'truncate a',
      'truncate table a',
      'flashback table a to before drop',
      'recover table a',
      'rename table a to b',
      'grant select on a to b',
      'revoke all on a from b',
      'create user a',
      "set password = 'x'",
      'analyze table a',
      'flush tables',
      'optimize table a',
      'install plugin a soname "b"',
      'uninstall plugin a',
      'reset replica',
      'start replica',
      'change replication source to source_host = "a"',
      'load index into cache a',
      'select 1; drop view a',
    ];
    for (const text of statements) expect(planOf(text, 'mysql').implicitCommit, text).toBe(true);
  });

  test('is not seen where there is none', () => {
    const statements = [
      'create temporary table a (b int)',
      'DROP  TEMPORARY TABLE a',
      'insert into a values (1)',
      'select alter_table from a',
      'set names utf8mb4',
      'reset persist',
      'load data infile "a" into table b',
      'checksum table a',
    ];
    for (const text of statements) expect(planOf(text, 'mysql').implicitCommit, text).toBe(false);
  });

  test('does not exist on PostgreSQL', () => {
    expect(planOf('create table a (b int)', 'postgres').implicitCommit).toBe(false);
  });
});

describe('a change of the session', () => {
  const CHANGES = {
    postgres: ['set a to 1', 'RESET all', 'discard temp', 'listen a', 'prepare a as select 1'],
    mysql: ['set @a = 1', '/*!50000 SET */ @a = 1', 'use a', 'handler a open', 'prepare a from "select 1"'],
  } as const;

  test.each(DIALECTS)('is seen on %s', (dialect) => {
    for (const text of CHANGES[dialect]) {
      expect(planOf(text, dialect).changesSession, text).toBe(true);
      expect(planOf(`select 1; ${text}`, dialect).changesSession, text).toBe(true);
    }
  });

  test.each(DIALECTS)('is not seen on %s where there is none', (dialect) => {
    for (const text of ['', 'select 1', 'update a set b = 1', 'settings()', 'explain select 1']) {
      expect(planOf(text, dialect).changesSession, text).toBe(false);
    }
  });
});
