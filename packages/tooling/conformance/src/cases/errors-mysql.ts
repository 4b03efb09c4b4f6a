import { sql } from '@sqlport/core';
import { assert, type ExpectedError, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { columnOf, procedureOf } from './dialect-sql.ts';

const define = casesOf('errors', 'mysql');

/** `[name, promise, statement, what it rejects with]`. */
type Failing = readonly [string, string, string, ExpectedError];

const failures: readonly Failing[] = [
  [
    'no-default',
    'a NOT NULL column without a value is CONSTRAINT',
    'insert into {t} () values ()',
    { code: 'CONSTRAINT', errno: 1364 },
  ],
  [
    'out-of-range',
    'a number that is too large is DATA',
    'insert into {t} values (100000)',
    { code: 'DATA', errno: 1264, sqlState: '22003' },
  ],
  ['overflow', 'a sum that is too large is DATA', 'select 9223372036854775807 + 1', { code: 'DATA', errno: 1690 }],
  ['do', 'what fails in DO is not applied', 'do 9223372036854775807 + 1', { code: 'DATA', errno: 1690 }],
  [
    'signal',
    'SIGNAL with 45000 is DATABASE',
    "signal sqlstate '45000' set message_text = 'no'",
    { code: 'DATABASE', sqlState: '45000' },
  ],
  [
    'signal-deadlock',
    'SIGNAL with 40001 is CONFLICT',
    "signal sqlstate '40001' set message_text = 'no'",
    { code: 'CONFLICT' },
  ],
  [
    'code-in-message',
    'a code in a message is no code',
    "signal sqlstate '45000' set message_text = 'ERROR 1062 (23000): Duplicate entry; SQLState: 23000'",
    { code: 'DATABASE', sqlState: '45000' },
  ],
];

/** Errors that only MySQL has. */
export const errorsMysql: readonly Case[] = [
  ...failures.map(([name, title, text, expected]) =>
    define(name, title, async ({ db, table }) => {
      const t = text.includes('{t}') ? await table('a smallint not null') : '';
      await rejects(db.query(text.replace('{t}', t)), { outcome: 'not-applied', ...expected });
      equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    }),
  ),
  define(
    'committing-procedure',
    'a procedure that writes and then fails is not said to be not applied',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int');
      // Each statement in it commits by itself.
      const procedure = await procedureOf(context, `begin insert into ${t} values (1); signal sqlstate '45000'; end`);
      await rejects(db.query(`call ${procedure}()`), { code: 'DATABASE', outcome: 'unknown' });
      equal(await columnOf(db, t, 'a'), [1]);
    },
  ),
  define(
    'duplicate-with-quotes',
    'a duplicate key whose value looks like a constraint name is not taken for one',
    async ({ db, table }) => {
      const t = sql.identifier(await table('a varchar(80), unique key real_name (a)'));
      const value = "x' for key 'fake.fake_name";
      await db.query(sql`insert into ${t} values (${value})`);
      await rejects(db.query(sql`insert into ${t} values (${value})`), {
        code: 'CONSTRAINT',
        errno: 1062,
        sqlState: '23000',
        constraint: { kind: 'unique', name: 'real_name' },
      });
    },
  ),
  define('primary-key', 'a duplicate primary key names PRIMARY', async ({ db, table }) => {
    const t = await table('a int primary key');
    await db.query(`insert into ${t} values (1)`);
    await rejects(db.query(`insert into ${t} values (1)`), {
      code: 'CONSTRAINT',
      constraint: { kind: 'unique', name: 'PRIMARY' },
    });
  }),
  define('division-by-zero', 'a division by zero in an INSERT is DATA (strict mode)', async ({ db, table }) => {
    const t = await table('a int');
    await rejects(db.query(`insert into ${t} values (1 / 0)`), { code: 'DATA', outcome: 'not-applied', errno: 1365 });
  }),
  define('execution-time', 'a statement that the server’s own limit ends is TIMEOUT', async ({ db, table }) => {
    const t = await table('a int');
    await db.query(`insert into ${t} values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)`);
    const from = Array.from({ length: 9 }, (_, index) => `${t} as t${index}`).join(', ');
    const text = `select /*+ MAX_EXECUTION_TIME(50) */ sum(t0.a * t1.a + rand()) from ${from}`;
    await rejects(db.query(text), { code: 'TIMEOUT', outcome: 'not-applied', errno: 3024 });
  }),
  define(
    'locked-row',
    'NOWAIT on a locked row is CONFLICT',
    async ({ db, table }) => {
      const t = await table('a int');
      await db.query(`insert into ${t} values (1)`);
      await using holder = await db.begin();
      await holder.query(`select a from ${t} for update`);
      await rejects(db.query(`select a from ${t} for update nowait`), { code: 'CONFLICT', errno: 3572 });
    },
    ['transactions'],
  ),
  define(
    'lock-wait',
    'a lock that is not granted in time is CONFLICT; the transaction goes on, or says that it is over',
    async ({ db, table, connect }) => {
      const t = await table('a int');
      await db.query(`insert into ${t} values (1)`);
      await using holder = await db.begin();
      await holder.query(`select a from ${t} for update`);
      const own = await connect();
      await using tx = await own.begin();
      await tx.query('set innodb_lock_wait_timeout = 1');
      await rejects(tx.query(`update ${t} set a = 2`), { code: 'CONFLICT', outcome: 'not-applied', errno: 1205 });
      const { on } = await db.one<{ on: number }>(sql`select @@innodb_rollback_on_timeout as \`on\``);
      if (on) await rejects(tx.query('select 1'), { code: 'TRANSACTION', outcome: 'not-applied' });
      else equal((await tx.query('select 1 as a')).rows, [{ a: 1 }]);
    },
    ['transactions'],
  ),
  define('errno', 'the server’s error number and state are there', async ({ db }) => {
    const error = await rejects(db.query('select no_such_column'), { code: 'SYNTAX', errno: 1054, sqlState: '42S22' });
    assert(error.toJSON()['errno'] === 1054, 'errno in JSON');
  }),
  define('unsafe-integer-named', 'the error for an unsafe integer names the option that helps', async ({ db }) => {
    await rejects(db.query('select 9007199254740993 as v'), {
      code: 'DATA',
      outcome: 'applied',
      message: /int64|bigint/i,
    });
  }),
];
