import { type Connection, type ErrorCode, sql } from '@sqlport/core';
import { equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import type { CaseContext } from '../context.ts';
import { recording } from '../recording.ts';

const define = casesOf('bad-input');
const postgres = casesOf('bad-input', 'postgres');
const mysql = casesOf('bad-input', 'mysql');

/** A case body: the call rejects with the code, not applied, and nothing was sent. */
function refuses(code: ErrorCode, call: (db: Connection) => Promise<unknown>) {
  return async ({ adapter, connect }: CaseContext): Promise<void> => {
    const recorded = recording(await adapter());
    const db = await connect({}, recorded.adapter);
    const error = await rejects(call(db), { code, outcome: 'not-applied' });
    equal(error.adapter, db.adapter, 'adapter');
    equal(recorded.sent, [], 'what was sent');
  };
}

const placeholder = (db: Connection): string => (db.dialect === 'postgres' ? '$1' : '?');

/** Values that no dialect takes: `[name, value]`. */
const refusedValues: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['invalid-date', new Date(Number.NaN)],
  ['lone-surrogate', 'a\ud800b'],
  ['lone-low-surrogate', '\udc00'],
  ['plain-object', { a: 1 }],
  ['class-instance', new Map()],
  ['function', () => 1],
  ['symbol', Symbol('x')],
];

const onPostgres: readonly (readonly [string, unknown])[] = [
  ['nul', 'a\0b'],
  ['nul-in-array', ['a', 'b\0']],
  ['nul-in-json', sql.json('a\0b')],
  ['undefined-in-array', [1, undefined]],
  ['object-in-array', [{ a: 1 }]],
];

const onMysql: readonly (readonly [string, unknown])[] = [
  ['nan', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['minus-infinity', Number.NEGATIVE_INFINITY],
  ['array', [1, 2]],
  ['year-10000', new Date('+010000-01-01T00:00:00Z')],
];

/** A case for each way of handing over a value: by position, by name, in the tag. */
function refusesValue(name: string, value: unknown) {
  return [
    `value-${name}`,
    `${name.replaceAll('-', ' ')} as a value is DATA before anything is sent`,
    async (context: CaseContext): Promise<void> => {
      await refuses('DATA', (db) => db.query(`select ${placeholder(db)} as v`, [value as never]))(context);
      await refuses('DATA', (db) => db.query('select :v as v', { v: value as never }))(context);
      await refuses('DATA', (db) => db.query(sql`select ${value as string} as v`))(context);
    },
  ] as const;
}

/** Texts that are refused as statements: `[name, code, text]`. */
const refusedTexts: readonly (readonly [string, ErrorCode, string])[] = [
  ['empty', 'SYNTAX', ''],
  ['white-space', 'SYNTAX', ' \n\t '],
  ['semicolon', 'SYNTAX', ';'],
  ['comment-only', 'SYNTAX', '-- select 1\n/* select 2 */'],
  ['two-statements', 'SYNTAX', 'select 1; select 2'],
  ['second-after-comment', 'SYNTAX', 'select 1; /* x */ select 2;'],
  ['nul', 'SYNTAX', 'select 1 \0'],
  ['begin', 'TRANSACTION', 'begin'],
  ['begin-in-comment', 'TRANSACTION', '/* x */ BEGIN -- y'],
  ['start-transaction', 'TRANSACTION', 'start  transaction read only'],
  ['commit', 'TRANSACTION', 'Commit'],
  ['rollback', 'TRANSACTION', 'ROLLBACK'],
  ['savepoint', 'TRANSACTION', 'savepoint a'],
  ['release', 'TRANSACTION', 'release savepoint a'],
  ['rollback-to', 'TRANSACTION', 'rollback to savepoint a'],
  ['set-transaction', 'TRANSACTION', 'set transaction isolation level serializable'],
];

const postgresTexts: readonly (readonly [string, ErrorCode, string])[] = [
  ['end', 'TRANSACTION', 'end'],
  ['abort', 'TRANSACTION', 'abort'],
  ['prepare-transaction', 'TRANSACTION', "prepare transaction 'x'"],
  ['commit-prepared', 'TRANSACTION', "commit prepared 'x'"],
  ['set-session-characteristics', 'TRANSACTION', 'set session characteristics as transaction read only'],
];

const mysqlTexts: readonly (readonly [string, ErrorCode, string])[] = [
  ['lock-tables', 'TRANSACTION', 'lock tables t write'],
  ['unlock-tables', 'TRANSACTION', 'unlock tables'],
  ['set-autocommit', 'TRANSACTION', 'set autocommit = 0'],
  ['set-session-autocommit', 'TRANSACTION', 'set @@session.autocommit = 0'],
  ['xa', 'TRANSACTION', "xa start 'x'"],
  ['version-comment-commit', 'TRANSACTION', '/*!80000 commit */'],
  ['version-comment-second', 'SYNTAX', 'select 1 /*! ; select 2 */'],
];

const refusesText = ([name, code, text]: readonly [string, ErrorCode, string]) =>
  [
    `text-${name}`,
    `${JSON.stringify(text)} is ${code} before anything is sent`,
    refuses(code, (db) => db.query(text)),
  ] as const;

/** What callers get wrong. */
export const badInput: readonly Case[] = [
  ...refusedValues.map(([name, value]) => define(...refusesValue(name, value))),
  ...onPostgres.map(([name, value]) => postgres(...refusesValue(name, value))),
  ...onMysql.map(([name, value]) => mysql(...refusesValue(name, value))),
  postgres(
    'value-cyclic-array',
    'a cyclic array is DATA',
    refuses('DATA', (db) => {
      const cyclic: unknown[] = [];
      cyclic.push(cyclic);
      return db.query('select $1::int[] as v', [cyclic as never]);
    }),
  ),
  ...refusedTexts.map((text) => define(...refusesText(text))),
  ...postgresTexts.map((text) => postgres(...refusesText(text))),
  ...mysqlTexts.map((text) => mysql(...refusesText(text))),

  define(
    'too-few',
    'too few parameters are DATA',
    refuses('DATA', (db) => db.query(`select ${placeholder(db)}, 1`, [])),
  ),
  define(
    'too-many',
    'too many parameters are DATA',
    refuses('DATA', (db) => db.query(`select ${placeholder(db)}`, [1, 2])),
  ),
  define(
    'none-given',
    'placeholders without parameters are DATA',
    refuses('DATA', (db) => db.query(`select ${placeholder(db)}`)),
  ),
  define(
    'none-wanted',
    'parameters without placeholders are DATA',
    refuses('DATA', (db) => db.query('select 1', [1])),
  ),
  define(
    'hole',
    'a hole in the array of parameters is DATA',
    refuses('DATA', (db) => {
      const sparse: unknown[] = [];
      sparse.length = 1;
      return db.query(`select ${placeholder(db)}`, sparse as never);
    }),
  ),
  define(
    'unknown-name',
    'an unknown :name is DATA',
    refuses('DATA', (db) => db.query('select :a', { a: 1, b: 2 })),
  ),
  define(
    'missing-name',
    'a missing :name is DATA',
    refuses('DATA', (db) => db.query('select :a, :b', { a: 1 })),
  ),
  ...['toString', 'constructor', '__proto__', 'hasOwnProperty'].map((name) =>
    define(
      `inherited-${name}`,
      `:${name} is not taken from the prototype`,
      refuses('DATA', (db) => db.query(`select :${name}`, {})),
    ),
  ),
  define(
    'inherited-value',
    'a parameter that is inherited is DATA',
    refuses('DATA', (db) => db.query('select :a', Object.create({ a: 1 }))),
  ),
  define(
    'array-for-names',
    'an array for :name is DATA',
    refuses('DATA', (db) => db.query('select :a', [1])),
  ),
  define(
    'object-for-positions',
    'an object for positions is DATA',
    refuses('DATA', (db) => db.query(`select ${placeholder(db)}`, { a: 1 })),
  ),
  define(
    'mixed-styles',
    'placeholders of two styles in one text are DATA',
    refuses('DATA', (db) => db.query(`select ${placeholder(db)}, :a`, [1])),
  ),
  define(
    'text-as-parameters',
    'parameters that are neither array nor object are DATA',
    refuses('DATA', (db) => db.query('select 1', 'x' as never)),
  ),
  define(
    'script-parameters',
    'a script with placeholders is DATA',
    refuses('DATA', (db) => db.script(`select ${placeholder(db)}`)),
  ),
  define(
    'tag-second-statement',
    'several statements in the sql tag are SYNTAX',
    refuses('SYNTAX', (db) => db.query(sql`select ${1}; select 2`)),
  ),
  define(
    'batch-of-texts',
    'control statements are refused in batch() as well',
    refuses('TRANSACTION', (db) => db.batch([sql`select 1`, sql`rollback`])),
  ),
  define(
    'stream-of-several',
    'several statements are refused in stream() as well',
    refuses('SYNTAX', async (db) => {
      for await (const _ of db.stream(sql`select 1; select 2`));
    }),
  ),
  define(
    'control-in-transaction',
    'a raw COMMIT in a transaction is refused, and the transaction goes on',
    async ({ db, table }) => {
      const t = await table('a int');
      await db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        await rejects(tx.query('commit'), { code: 'TRANSACTION', outcome: 'not-applied' });
        await rejects(tx.query('rollback'), { code: 'TRANSACTION', outcome: 'not-applied' });
        await tx.query(`insert into ${t} values (2)`);
      });
      equal((await db.query(`select a from ${t} order by a`)).rows, [{ a: 1 }, { a: 2 }]);
    },
    ['transactions'],
  ),
  define(
    'transaction-retry',
    'a retry that is no count is DATA',
    refuses('DATA', (db) => db.begin({ retry: -1 })),
  ),
];
