import { sql } from '@sqlport/core';
import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';

const postgres = casesOf('query', 'postgres');
const mysql = casesOf('query', 'mysql');

/** What statements answer that only one of the dialects has. */
export const queryByDialect: readonly Case[] = [
  postgres('returning', 'rowsAffected is the number of rows for RETURNING', async ({ db, table }) => {
    const t = await table('a int, b int');
    const inserted = await db.query(`insert into ${t} values (1, 2), (3, 4) returning a, b`);
    equal(inserted.rowsAffected, 2, 'of INSERT');
    equal(inserted.rows, [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
    equal((await db.query(`update ${t} set b = 0 where a = 1 returning b`)).rowsAffected, 1, 'of UPDATE');
    equal((await db.query(`delete from ${t} where a = 9 returning a`)).rowsAffected, 0, 'of DELETE without a match');
  }),
  postgres('no-insert-id', 'insertId is undefined on PostgreSQL', async ({ db, table }) => {
    const { insertId } = await db.query(`insert into ${await table('a serial')} default values`);
    equal(insertId, undefined);
  }),
  postgres('merge', 'rowsAffected of MERGE counts every row that it touched', async ({ db, table }) => {
    const t = await table('a int, b int');
    await db.query(`insert into ${t} values (1, 1)`);
    const { rowsAffected } = await db.query(
      `merge into ${t} using (values (1), (2)) as s(a) on ${t}.a = s.a ` +
        'when matched then update set b = 9 when not matched then insert values (s.a, 0)',
    );
    equal(rowsAffected, 2);
  }),
  postgres('do-nothing', 'rowsAffected of a skipped ON CONFLICT DO NOTHING is 0', async ({ db, table }) => {
    const t = await table('a int primary key');
    await db.query(`insert into ${t} values (1)`);
    equal((await db.query(`insert into ${t} values (1) on conflict do nothing`)).rowsAffected, 0);
  }),
  postgres('writing-cte', 'a SELECT over a writing WITH answers rows and affects none', async ({ db, table }) => {
    const t = await table('a int');
    const { rows, rowsAffected } = await db.query(
      `with w as (insert into ${t} values (1), (2) returning a) select count(*) as n from w`,
    );
    equal({ rows, rowsAffected }, { rows: [{ n: 2 }], rowsAffected: 0 });
  }),
  postgres('values-statement', 'VALUES and TABLE answer rows', async ({ db, table }) => {
    equal((await db.query("values (1, 'x'), (2, 'y')")).rows, [
      { column1: 1, column2: 'x' },
      { column1: 2, column2: 'y' },
    ]);
    equal((await db.query(`table ${await table('a int')}`)).rows, []);
  }),
  postgres('no-columns-at-all', 'rows without a column are counted', async ({ db }) => {
    const { rows, columns } = await db.query('select from generate_series(1, 3)');
    equal({ rows, columns }, { rows: [{}, {}, {}], columns: [] });
  }),
  postgres('do-block', 'DO with a body of several statements is one statement', async ({ db, table }) => {
    const t = await table('a int');
    await db.query(`do $$ begin insert into ${t} values (1); insert into ${t} values (2); end $$`);
    equal((await db.query(`select a from ${t} order by a`)).rows, [{ a: 1 }, { a: 2 }]);
  }),
  postgres('equal-values-cast', 'equal values that are cast to different types are different', async ({ db }) => {
    const value = '2024-01-01';
    const statement = sql`select ${null}::int8 as a, ${null}::time as b, ${value}::date as c, ${value}::text as d`;
    equal(await db.one(statement), { a: null, b: null, c: value, d: value });
    const at = '2024-01-02 10:00';
    const casts = sql`select cast(${at} as date)::text as a, cast(${at} as text) as b`;
    equal(await db.one(casts), { a: '2024-01-02', b: at });
  }),
  postgres(
    'equal-values-columns',
    'equal values may be meant for columns of different types',
    async ({ db, table }) => {
      const t = await table('a text, b date, c int');
      const day = '2024-01-02';
      await db.query(sql`insert into ${sql.identifier(t)} select ${day}, ${day}, ${null} where ${1} = ${1}`);
      const { rows } = await db.query(
        sql`select coalesce(a, ${null}) as a, coalesce(b, ${null}) as b, coalesce(c, ${null}) as c from ${sql.identifier(t)}`,
      );
      equal(rows, [{ a: day, b: day, c: null }]);
      equal(await db.one(sql.text(`select coalesce(a, :a) as a, coalesce(c, :a) as c from ${t}`, { a: null })), {
        a: day,
        c: null,
      });
    },
  ),
  postgres('by-value', 'ORDER BY and GROUP BY take a value for a constant', async ({ db }) => {
    const { rows } = await db.query(
      sql`select n, ${'a'} as a from generate_series(1, 2) as n group by n, ${'a'}, ${null} order by ${1}, ${null} desc, n desc`,
    );
    equal(rows, [
      { n: 2, a: 'a' },
      { n: 1, a: 'a' },
    ]);
  }),
  postgres(
    'equal-casts-group',
    'a cast value in GROUP BY is the one in the list, whatever follows it',
    async ({ db }) => {
      const { rows } = await db.query(
        sql`select ${7}::int8 as a, count(*) as n from (select 1) s group by ${7}::INT8 order by ${7}::int8 limit 1`,
      );
      equal(rows, [{ a: 7, n: 1 }]);
    },
  ),
  postgres('column-types', 'columns carry the server’s names of their types', async ({ db }) => {
    const { columns } = await db.query(
      "select 1::int8 as a, 'x'::text as b, now() as c, array['x'] as d, '{}'::jsonb as e, 1.5 as f, true as g",
    );
    equal(
      columns.map(({ type }) => type),
      ['int8', 'text', 'timestamptz', '_text', 'jsonb', 'numeric', 'bool'],
    );
  }),
  postgres('explain', 'EXPLAIN answers its plan as rows', async ({ db }) => {
    const { rows } = await db.values(sql`explain select 1`);
    assert(typeof rows[0]?.[0] === 'string', 'the plan is text');
  }),
  postgres('several-schemas', 'sql.identifier joins names with dots', async ({ db }) => {
    const { rows } = await db.query(sql`select count(*) > 0 as there from ${sql.identifier('pg_catalog', 'pg_class')}`);
    equal(rows, [{ there: true }]);
  }),

  mysql('insert-id', 'insertId is the generated id, as a bigint', async ({ db, table }) => {
    const t = await table('id int auto_increment primary key, a int');
    equal((await db.query(`insert into ${t} (a) values (5)`)).insertId, 1n);
    equal((await db.query(`insert into ${t} (a) values (5)`)).insertId, 2n, 'the next');
  }),
  mysql('insert-id-of-many', 'insertId is the first id of a multi-row INSERT', async ({ db, table }) => {
    const t = await table('id int auto_increment primary key, a int');
    await db.query(`insert into ${t} (a) values (5)`);
    const { insertId, rowsAffected } = await db.query(`insert into ${t} (a) values (1), (2), (3)`);
    equal({ insertId, rowsAffected }, { insertId: 2n, rowsAffected: 3 });
  }),
  mysql('insert-id-large', 'insertId is exact beyond 2^53', async ({ db, table }) => {
    const t = await table('id bigint unsigned auto_increment primary key, a int');
    await db.query(`insert into ${t} values (9007199254740992, 1)`);
    equal((await db.query(`insert into ${t} (a) values (1)`)).insertId, 9007199254740993n);
  }),
  mysql('no-insert-id', 'insertId is undefined where none was generated', async ({ db, table }) => {
    const plain = await table('a int');
    equal((await db.query(`insert into ${plain} values (1)`)).insertId, undefined, 'without AUTO_INCREMENT');
    const t = await table('id int auto_increment primary key, a int');
    await db.query(`insert into ${t} (a) values (1)`);
    equal((await db.query(`update ${t} set a = 2`)).insertId, undefined, 'of an UPDATE');
    equal((await db.query(`select * from ${t}`)).insertId, undefined, 'of a SELECT');
  }),
  mysql('insert-id-of-another', 'the insertId of one statement does not show in the next', async ({ db, table }) => {
    const t = await table('id int auto_increment primary key');
    const plain = await table('a int');
    for (let run = 0; run < 5; run++) {
      await db.query(`insert into ${t} values ()`);
      equal((await db.query(`insert into ${plain} values (1)`)).insertId, undefined);
    }
  }),
  mysql('column-types', 'columns carry the server’s names of their types', async ({ db, table }) => {
    const t = await table(
      'a bigint unsigned, b varchar(5), c text, d blob, e json, f timestamp, g decimal(5,2), h int, i double unsigned',
    );
    const { columns } = await db.query(`select * from ${t}`);
    equal(
      columns.map(({ type }) => type),
      ['bigint unsigned', 'varchar', 'text', 'blob', 'json', 'timestamp', 'decimal', 'int', 'double'],
    );
  }),
  mysql('column-types-of-sizes', 'TEXT and BLOB have one name, whatever their size', async ({ db, table }) => {
    const t = await table('a tinytext, b mediumtext, c longtext, d tinyblob, e mediumblob, f longblob');
    const { columns } = await db.query(`select *, coalesce(b, 'x') as g, nullif(a, cast('x' as char)) as h from ${t}`);
    equal(
      columns.map(({ type }) => type),
      ['text', 'text', 'text', 'blob', 'blob', 'blob', 'text', 'text'],
    );
  }),
  mysql('show', 'SHOW answers rows', async ({ db }) => {
    const { rows } = await db.query("show variables like 'autocommit'");
    equal(rows, [{ Variable_name: 'autocommit', Value: 'ON' }]);
  }),
  mysql('create-procedure', 'CREATE PROCEDURE with a body of several statements is one statement', async (context) => {
    const { db, table, name, afterwards } = context;
    const t = await table('a int');
    const procedure = name();
    afterwards(`drop procedure if exists ${procedure}`);
    await db.query(
      `create procedure ${procedure}() begin insert into ${t} values (1); if 1 = 1 then insert into ${t} values (2); end if; end`,
    );
    await db.query(`call ${procedure}()`);
    equal((await db.query(`select a from ${t} order by a`)).rows, [{ a: 1 }, { a: 2 }]);
  }),
  mysql(
    'warnings-are-errors',
    'what MySQL would cut or change to fit is an error (strict mode)',
    async ({ db, table }) => {
      const t = await table('a varchar(3), b tinyint');
      await rejects(db.query(`insert into ${t} values ('abcd', 1)`), { code: 'DATA', outcome: 'not-applied' });
      await rejects(db.query(`insert into ${t} values ('abc', 1000)`), { code: 'DATA', outcome: 'not-applied' });
      equal((await db.query(`select * from ${t}`)).rows, []);
    },
  ),
];
