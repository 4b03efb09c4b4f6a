import { type Connection, type QueryOptions, sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import type { CaseContext } from '../context.ts';
import { until } from '../wait.ts';
import { columnOf, sessionOf } from './dialect-sql.ts';

const define = casesOf('isolation');
const ROUTED = { route: 'reader' } as const;

/** A table with one row, 7, that readers see. */
async function replicatedRow({ db, table }: CaseContext): Promise<string> {
  const t = await table('a int');
  await db.query(`insert into ${t} values (7)`);
  const seen = () =>
    db.query(sql.text(`select a from ${t}`), ROUTED).then(
      ({ rows }) => rows.length === 1,
      // The table itself may not be there yet.
      () => false,
    );
  await until(seen, 'the row on the reader');
  return t;
}

const select = (db: Connection, t: string, options: QueryOptions) => db.query(sql.text(`select a from ${t}`), options);

/** `route: 'reader'`. A reader may be the writer itself, as far as these cases know. */
export const readers: readonly Case[] = [
  define(
    'reader-needs-read-only',
    "route: 'reader' without readOnly is DATA",
    async ({ db }) => {
      await rejects(db.begin(ROUTED), { code: 'DATA', outcome: 'not-applied' });
    },
    ['transactions'],
  ),
  define(
    'reader-is-a-hint',
    'where there is no reader, the writer answers',
    async (context) => {
      const { db } = context;
      const t = await replicatedRow(context);
      equal((await select(db, t, ROUTED)).rows, [{ a: 7 }]);
      equal(await db.transaction((tx) => columnOf(tx, t, 'a'), { ...ROUTED, readOnly: true }), [7]);
    },
    ['no readers', 'transactions'],
  ),
  define(
    'reader-reads',
    'what is routed to a reader answers what the writer wrote, as soon as the reader has it',
    async (context) => {
      const { db } = context;
      const t = await replicatedRow(context);
      equal((await select(db, t, ROUTED)).rows, [{ a: 7 }]);
      const rows = [];
      for await (const row of db.stream(sql.text(`select a from ${t}`), ROUTED)) rows.push(row);
      equal(rows, [{ a: 7 }]);
      const results = await db.batch([sql.text(`select a from ${t}`), sql`select 1 as a`], ROUTED);
      equal(
        results.map((result) => result.rows),
        [[{ a: 7 }], [{ a: 1 }]],
      );
    },
    ['readers'],
  ),
  define(
    'reader-transaction',
    'a read-only transaction that is routed to a reader reads, and a write in it is READ_ONLY',
    async (context) => {
      const { db } = context;
      const t = await replicatedRow(context);
      const options = { ...ROUTED, readOnly: true };
      equal(await db.transaction((tx) => columnOf(tx, t, 'a'), options), [7]);
      const work = db.transaction((tx) => tx.query(`insert into ${t} values (8)`), options);
      await rejects(work, { code: 'READ_ONLY', outcome: 'not-applied' });
      equal(await columnOf(db, t, 'a'), [7]);
    },
    ['readers', 'transactions'],
  ),
  define(
    'reader-own-sessions',
    'what is routed to a reader does not run on a session of the writer',
    async ({ connect, dialect }) => {
      const db = await connect();
      const onWriter = await sessionOf(db, dialect);
      const onReader = await sessionOf(db, dialect, ROUTED);
      assert(onReader !== onWriter, 'the reader answered on the session of the writer');
      equal(await sessionOf(db, dialect), onWriter);
      equal(await db.transaction((tx) => sessionOf(tx, dialect), { ...ROUTED, readOnly: true }), onReader);
    },
    ['readers', 'transactions', 'own connections'],
  ),
  define(
    'reader-write',
    'a write that is routed to a reader is done, or READ_ONLY and not applied',
    async (context) => {
      const { db } = context;
      const t = await replicatedRow(context);
      const written = await db.query(`insert into ${t} values (8)`, [], ROUTED).then(
        () => true,
        async (error) => {
          await rejects(Promise.reject(error), { code: 'READ_ONLY', outcome: 'not-applied' });
          return false;
        },
      );
      equal(await columnOf(db, t, 'a'), written ? [7, 8] : [7]);
      equal((await db.query(sql`select 1 as a`, ROUTED)).rows, [{ a: 1 }]);
    },
    ['readers'],
  ),
  define(
    'reader-dead',
    'while no reader can be reached, the writer answers',
    async ({ connect, fault }) => {
      const db = await connect({}, (await fault('dead-reader')).adapter);
      equal((await db.query(sql`select 1 as a`, ROUTED)).rows, [{ a: 1 }]);
      equal((await db.query(sql`select 2 as a`)).rows, [{ a: 2 }]);
    },
    ['fault: dead-reader'],
  ),
  define(
    'reader-dead-no-fallback',
    'without that fallback it is UNREACHABLE and not applied, and the writer goes on',
    async ({ connect, fault }) => {
      const db = await connect({ retry: false }, (await fault('dead-reader-alone')).adapter);
      await rejects(db.query(sql`select 1 as a`, ROUTED), { code: 'UNREACHABLE', outcome: 'not-applied' });
      equal((await db.query(sql`select 2 as a`)).rows, [{ a: 2 }]);
    },
    ['fault: dead-reader-alone'],
  ),
];
