import { sql } from '@sqlport/core';
import { type ExpectedError, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import type { CaseContext } from '../context.ts';
import { leaksNothing } from '../leaks.ts';
import { columnOf, procedureOf } from './dialect-sql.ts';

const define = casesOf('errors', 'postgres');

/** `[name, promise, statement, what it rejects with]`. */
type Failing = readonly [string, string, string, ExpectedError];

/** Calls a function that {@link raisingFunction} makes, which raises an error. */
const raise = (state: string, text: string): string => `select {raise}('${state}', '${text}')`;

async function raisingFunction({ db, name, afterwards }: CaseContext): Promise<string> {
  const raising = name();
  afterwards(`drop function if exists ${raising}`);
  await db.query(
    `create function ${raising}(state text, words text) returns int language plpgsql as $$
       begin raise exception using errcode = state, message = words; end $$`,
  );
  return raising;
}

const failures: readonly Failing[] = [
  ['division-by-zero', 'a division by zero is DATA', 'select 1 / 0', { code: 'DATA', sqlState: '22012' }],
  ['wrong-uuid', 'a text that is no uuid is DATA', "select 'x'::uuid", { code: 'DATA', sqlState: '22P02' }],
  ['overflow', 'a sum that is too large is DATA', 'select 2147483647 + 1', { code: 'DATA', sqlState: '22003' }],
  [
    'do',
    'what fails in DO without a COMMIT is not applied',
    "do $$ begin raise exception 'no'; end $$",
    { code: 'DATABASE', sqlState: 'P0001' },
  ],
  ['wrong-type', 'types that do not fit are SYNTAX', 'select 1 + true', { code: 'SYNTAX', sqlState: '42883' }],
  [
    'no-schema',
    'a schema that does not exist is SYNTAX',
    'select * from nowhere.t',
    { code: 'SYNTAX', sqlState: '42P01' },
  ],
  [
    'permission',
    'what the user may not do is PERMISSION',
    raise('42501', 'permission denied'),
    { code: 'PERMISSION', sqlState: '42501' },
  ],
  [
    'raised',
    'an error raised by a function is DATABASE',
    raise('P0001', 'no'),
    { code: 'DATABASE', sqlState: 'P0001' },
  ],
  [
    'raised-custom',
    'a state of the user’s own is DATABASE',
    raise('UX123', 'no'),
    { code: 'DATABASE', sqlState: 'UX123' },
  ],
  ['raised-unique', 'the state decides, also of a raised error', raise('23505', 'no'), { code: 'CONSTRAINT' }],
  ['raised-serialization', 'a raised 40001 is CONFLICT', raise('40001', 'no'), { code: 'CONFLICT', sqlState: '40001' }],
  [
    'code-in-message',
    'a code in a message is no code',
    raise('P0001', 'ERROR: 23505 (SQLSTATE 23505); SQLState: 23505'),
    { code: 'DATABASE', sqlState: 'P0001' },
  ],
];

/** Errors that only PostgreSQL has. */
export const errorsPostgres: readonly Case[] = [
  ...failures.map(([name, title, text, expected]) =>
    define(name, title, async (context) => {
      const { db } = context;
      const call = text.includes('{raise}') ? text.replace('{raise}', await raisingFunction(context)) : text;
      await rejects(db.query(call), { outcome: 'not-applied', ...expected });
      equal(await db.one(sql`select 1 as a`), { a: 1 }, 'the connection afterwards');
    }),
  ),
  define(
    'committing-procedure',
    'a procedure that commits and then fails is not said to be not applied',
    async (context) => {
      const { db, table } = context;
      const t = await table('a int');
      const procedure = await procedureOf(
        context,
        `language plpgsql as $$
         begin insert into ${t} values (1); commit; raise exception 'no'; end $$`,
      );
      await rejects(db.query(`call ${procedure}()`), { code: 'DATABASE', outcome: 'unknown' });
      equal(await columnOf(db, t, 'a'), [1]);
    },
  ),
  define(
    'refused-after-rows',
    'an error that comes after the rows goes before what is wrong with the rows',
    async ({ db, table }) => {
      const parent = await table('id int primary key');
      const t = await table(`id bigint, parent int references ${parent} deferrable initially deferred`);
      const beyond = `insert into ${t} values (9007199254740993, 1) returning id`;
      await rejects(db.query(beyond), { code: 'CONSTRAINT', outcome: 'not-applied' });
      equal(await columnOf(db, t, 'parent'), []);
    },
  ),
  define(
    'undetermined-type',
    'a parameter whose type the server cannot tell is DATA, and the message names the cast',
    async ({ db }) => {
      await rejects(db.query('select $1 is null as v', [null]), {
        code: 'DATA',
        outcome: 'not-applied',
        sqlState: '42P18',
        message: /::|cast/i,
      });
    },
  ),
  define(
    'ambiguous-type',
    'a parameter with two types is DATA, and the message names the cast',
    async ({ db, table }) => {
      const t = await table('a int, b text');
      await rejects(db.query(`insert into ${t} values ($1, $1)`, [5]), {
        code: 'DATA',
        outcome: 'not-applied',
        sqlState: '42P08',
        message: /::|cast/i,
      });
    },
  ),
  define(
    'constraint-place',
    'a constraint violation names table and column, where the server says',
    async ({ db, table }) => {
      const t = await table('a int not null');
      await rejects(db.query(`insert into ${t} values (null)`), {
        code: 'CONSTRAINT',
        sqlState: '23502',
        constraint: { kind: 'not-null', table: t, column: 'a' },
      });
    },
  ),
  define('exclusion', 'an EXCLUDE violation is CONSTRAINT', async ({ db, table }) => {
    const t = await table('r int4range, constraint no_overlap exclude using gist (r with &&)');
    await db.query(`insert into ${t} values ('[1,5)')`);
    await rejects(db.query(`insert into ${t} values ('[4,6)')`), {
      code: 'CONSTRAINT',
      constraint: { kind: 'exclusion', name: 'no_overlap' },
    });
  }),
  define('detail-unseen', 'the key values in the server’s detail do not show', async ({ db, table }) => {
    const t = await table('mail text primary key');
    await db.query(`insert into ${t} values ('canary@example.org')`);
    const error = await rejects(db.query(`insert into ${t} values ('canary@example.org')`), { code: 'CONSTRAINT' });
    leaksNothing(error, ['canary@example.org']);
  }),
  define(
    'statement-time-out',
    'a statement that the server’s own limit ends is TIMEOUT, not applied',
    async ({ db, table }) => {
      const t = await table('a int');
      const work = db.transaction(async (tx) => {
        await tx.query("set local statement_timeout = '50ms'");
        await tx.query(`insert into ${t} select 1 from pg_sleep(20)`);
      });
      await rejects(work, { code: 'TIMEOUT', outcome: 'not-applied', sqlState: '57014' });
      equal(await columnOf(db, t, 'a'), []);
    },
    ['transactions'],
  ),
  define(
    'locked-row',
    'NOWAIT on a locked row is CONFLICT',
    async ({ db, table }) => {
      const t = await table('a int');
      await db.query(`insert into ${t} values (1)`);
      await using holder = await db.begin();
      await holder.query(`select a from ${t} for update`);
      await rejects(db.query(`select a from ${t} for update nowait`), { code: 'CONFLICT', sqlState: '55P03' });
    },
    ['transactions'],
  ),
  define('unsafe-integer-named', 'the error for an unsafe integer names the option that helps', async ({ db }) => {
    await rejects(db.query('select 9007199254740993::int8 as v'), { code: 'DATA', message: /int64|bigint/i });
  }),
];
