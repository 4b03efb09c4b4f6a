import { ConnectorError, isConnectorError, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { leaksNothing } from '../leaks.ts';
import { until, within } from '../wait.ts';
import { columnOf, endSession, isRunning, longStatement, sessionOf } from './dialect-sql.ts';

const define = casesOf('errors');

/** A text that must show nowhere. */
const canary = 'canary-5f3a-secret';

/** Errors that are alike on both dialects. */
export const errors: readonly Case[] = [
  define(
    'unique',
    'a unique violation is CONSTRAINT, names the constraint, and is not applied',
    async ({ db, table }) => {
      const t = await table('a int, constraint only_once unique (a)');
      await db.query(`insert into ${t} values (1)`);
      await rejects(db.query(`insert into ${t} values (1)`), {
        code: 'CONSTRAINT',
        outcome: 'not-applied',
        constraint: { kind: 'unique', name: 'only_once' },
      });
      equal(await columnOf(db, t, 'a'), [1]);
    },
  ),
  define('not-null', 'a NULL in a NOT NULL column is CONSTRAINT, and names the column', async ({ db, table }) => {
    const t = await table('first_name varchar(9) not null');
    await rejects(db.query(`insert into ${t} values (null)`), {
      code: 'CONSTRAINT',
      outcome: 'not-applied',
      constraint: { kind: 'not-null', column: 'first_name' },
    });
  }),
  define('check', 'a CHECK violation is CONSTRAINT, and names the constraint', async ({ db, table, name }) => {
    const constraint = name();
    const t = await table(`a int, constraint ${constraint} check (a > 0)`);
    await rejects(db.query(`insert into ${t} values (-1)`), {
      code: 'CONSTRAINT',
      outcome: 'not-applied',
      constraint: { kind: 'check', name: constraint },
    });
  }),
  define('foreign-key', 'a missing parent is CONSTRAINT, and names the constraint', async ({ db, table, name }) => {
    const constraint = name();
    const parent = await table('id int primary key');
    const t = await table(`a int, constraint ${constraint} foreign key (a) references ${parent} (id)`);
    await rejects(db.query(`insert into ${t} values (7)`), {
      code: 'CONSTRAINT',
      outcome: 'not-applied',
      constraint: { kind: 'foreign-key', name: constraint },
    });
    await db.query(`drop table ${t}`);
  }),
  define('foreign-key-parent', 'deleting a parent that is used is CONSTRAINT', async ({ db, table }) => {
    const parent = await table('id int primary key');
    const t = await table(`a int, foreign key (a) references ${parent} (id)`);
    await db.query(`insert into ${parent} values (1)`);
    await db.query(`insert into ${t} values (1)`);
    await rejects(db.query(`delete from ${parent}`), {
      code: 'CONSTRAINT',
      outcome: 'not-applied',
      constraint: { kind: 'foreign-key' },
    });
    await db.query(`drop table ${t}`);
  }),
  define('syntax', 'a text that is no SQL is SYNTAX, not applied', async ({ db }) => {
    await rejects(db.query('selec 1'), { code: 'SYNTAX', outcome: 'not-applied' });
  }),
  define('no-table', 'a table that does not exist is SYNTAX', async ({ db }) => {
    await rejects(db.query('select * from no_such_table'), { code: 'SYNTAX', outcome: 'not-applied' });
  }),
  define('no-column', 'a column that does not exist is SYNTAX', async ({ db }) => {
    await rejects(db.query('select no_such_column'), { code: 'SYNTAX', outcome: 'not-applied' });
  }),
  define('no-function', 'a function that does not exist is SYNTAX', async ({ db }) => {
    await rejects(db.query('select no_such_function(1)'), { code: 'SYNTAX', outcome: 'not-applied' });
  }),
  define('wrong-number', 'a text that is no number, in a column of numbers, is DATA', async ({ db, table }) => {
    const t = sql.identifier(await table('a int'));
    await rejects(db.query(sql`insert into ${t} values (${'abc'})`), { code: 'DATA', outcome: 'not-applied' });
  }),
  define('wrong-date', 'a date that does not exist is DATA', async ({ db, table }) => {
    const t = sql.identifier(await table('a date'));
    await rejects(db.query(sql`insert into ${t} values (${'2023-02-29'})`), { code: 'DATA', outcome: 'not-applied' });
  }),
  define('wrong-json', 'a text that is no JSON, in a JSON column, is DATA', async ({ db, table }) => {
    const t = sql.identifier(await table('a json'));
    await rejects(db.query(sql`insert into ${t} values (${'{'})`), { code: 'DATA', outcome: 'not-applied' });
  }),
  define('several-rows', 'a scalar subquery with two rows is DATA', async ({ db }) => {
    await rejects(db.query('select (select 1 union select 2) as a'), { code: 'DATA', outcome: 'not-applied' });
  }),
  define(
    'class',
    'everything thrown is a ConnectorError that knows its adapter and dialect',
    async ({ db, dialect }) => {
      const error = await rejects(db.query('select no_such_column'), { code: 'SYNTAX' });
      assert(error instanceof ConnectorError && isConnectorError(error) && error instanceof Error, 'the class');
      equal(error.name, 'ConnectorError', 'name');
      equal(error.adapter, db.adapter, 'adapter');
      equal(error.dialect, dialect, 'dialect');
      assert(/^[0-9A-Z]{5}$/.test(error.sqlState ?? ''), 'sqlState has five characters');
      equal(error.retryable, false, 'retryable');
    },
  ),
  define('stack', 'the stack of an error is there', async ({ db }) => {
    const error = await rejects(db.query('select no_such_column'), { code: 'SYNTAX' });
    assert(/\n\s+at /.test(error.stack ?? ''), 'the stack has frames');
  }),
  define('server-message', 'the server’s own words are kept, and out of sight', async ({ db }) => {
    const error = await rejects(db.query('select no_such_column'), { code: 'SYNTAX' });
    assert(error.serverMessage?.includes('no_such_column'), 'serverMessage holds the server’s words');
    assert(!Object.keys(error).includes('serverMessage'), 'serverMessage is not enumerable');
    assert(!error.message.includes('no_such_column'), 'the message does not quote them');
    leaksNothing(error, ['no_such_column']);
  }),
  define('parameter-unseen', 'no parameter shows in an error', async ({ db, table }) => {
    const t = sql.identifier(await table('a int, b varchar(50) unique'));
    await db.query(sql`insert into ${t} values (${1}, ${canary})`);
    const duplicate = await rejects(db.query(sql`insert into ${t} values (${2}, ${canary})`), { code: 'CONSTRAINT' });
    const invalid = await rejects(db.query(sql`insert into ${t} values (${canary}, ${'x'})`), { code: 'DATA' });
    leaksNothing(duplicate, [canary]);
    leaksNothing(invalid, [canary]);
  }),
  define('statement-unseen', 'no literal of a statement shows in an error', async ({ db, table }) => {
    const t = await table('a int primary key');
    const error = await rejects(db.query(`insert into ${t} values ('${canary}')`), { code: 'DATA' });
    leaksNothing(error, [canary]);
    leaksNothing(await rejects(db.query(`select '${canary}' frm x`), { code: 'SYNTAX' }), [canary]);
  }),
  define(
    'refused-value-unseen',
    'a value that is refused before sending does not show in the error',
    async ({ db }) => {
      const call = db.query(sql`select ${{ canary } as never}`);
      leaksNothing(await rejects(call, { code: 'DATA' }), [canary]);
    },
  ),
  define(
    'lost-unseen',
    'no parameter shows in the error for a connection that is lost',
    async ({ fault, connect }) => {
      const { adapter } = await fault('lost-answer');
      const db = await connect({ retry: false }, adapter);
      const call = db.query(sql`select ${canary} as a /* lost answer */`);
      leaksNothing(await rejects(call, { code: 'UNREACHABLE', outcome: 'unknown' }), [canary]);
    },
    ['fault: lost-answer'],
  ),
  define('code-in-data', 'data that looks like an error code is data', async ({ db, table }) => {
    const t = sql.identifier(await table('a varchar(80) primary key'));
    for (const text of ['ERROR: 40001: could not serialize; SQLState: 40001', "1213 (40001): Deadlock found'"]) {
      await db.query(sql`insert into ${t} values (${text})`);
      const error = await rejects(db.query(sql`insert into ${t} values (${text})`), { code: 'CONSTRAINT' });
      equal(error.constraint?.kind, 'unique', 'constraint.kind');
    }
  }),
  define(
    'many-in-a-row',
    'SQL errors do not cost the connection',
    async ({ connect, dialect }) => {
      const db = await connect();
      const seen = new Set<number>();
      for (let run = 0; run < 5; run++) {
        await rejects(db.query('select no_such_column'), { code: 'SYNTAX' });
        seen.add(await sessionOf(db, dialect));
      }
      equal(seen.size, 1, 'the number of sessions used');
    },
    ['own connections'],
  ),
  define(
    'session-ended',
    'a statement whose session is ended is UNREACHABLE, outcome unknown',
    async ({ db, dialect, connect, name }) => {
      const own = await connect({ retry: false });
      const mark = name();
      const id = await sessionOf(own, dialect);
      const call = own.query(longStatement(dialect, mark));
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the statement runs');
      equal((await sessionOf(own, dialect)) !== id, true, 'a second call uses another session');
      await endSession(db, id);
      await rejects(within(10_000, call, 'the call'), { code: 'UNREACHABLE', outcome: 'unknown' });
      equal(await own.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    },
    ['own connections'],
  ),
  define(
    'idle-session-ended',
    'an idle session that was ended is replaced, and an idempotent statement never notices',
    async ({ db, dialect, connect }) => {
      const own = await connect();
      const seen = new Set<number>();
      for (let run = 0; run < 5; run++) {
        const id = await sessionOf(own, dialect, { idempotent: true });
        seen.add(id);
        await endSession(db, id);
      }
      equal(seen.size, 5, 'the number of sessions that answered');
    },
    ['own connections'],
  ),
  define(
    'unknown-not-repeated',
    'a statement of unknown outcome is not sent again',
    async ({ db, dialect, table, connect, name }) => {
      const own = await connect();
      const t = await table('a int');
      const mark = name();
      const id = await sessionOf(own, dialect);
      const sleep = dialect === 'postgres' ? 'pg_sleep(6)' : 'sleep(6)';
      const call = own.query(
        `insert into ${t} select 1 from (select ${sleep} as ${mark}) as s where ${mark} is not null`,
      );
      call.catch(() => {});
      await until(() => isRunning(db, mark), 'the statement runs');
      await endSession(db, id);
      await rejects(within(4_000, call, 'the call'), { code: 'UNREACHABLE', outcome: 'unknown' });
      await until(async () => !(await isRunning(db, mark)), 'the statement has ended', 5_000);
    },
    ['own connections'],
  ),
];
