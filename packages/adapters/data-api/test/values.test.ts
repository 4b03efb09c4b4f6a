import { type Connection, connect, sql } from '@sqlport/core';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure } from './fixture.ts';

describe('postgres', () => {
  let fixture: Fixture;
  let api: Connection;
  let tcp: Connection;
  beforeAll(async () => {
    fixture = await Fixture.start('postgres');
    api = fixture.connect();
    tcp = connect(iamPg(fixture.database.configs['iam-pg']));
    await api.script(`
      create schema app;
      create schema one;
      create schema two;
      create type _status as enum ('a', 'b');
      create type app._int4 as enum ('a');
      create type app.json as enum ('x');
    `);
  });
  afterAll(async () => {
    await tcp.close();
    await fixture.stop();
  });

  it.each([
    "select 'a'::_status as v, array['a', 'b']::_status[] as w",
    "select 'a'::app._int4 as v, array['a']::app._int4[] as w",
    "select '{1,NULL}'::_int4 as v, '{}'::_text as w",
  ])('%s: an underscore in front of a name makes no array', async (text) => {
    const rows = async (db: Connection) => (await db.query(sql.text(text))).rows;
    expect(await rows(api)).toEqual(await rows(tcp));
  });

  it.each(["select 'x'::app.json as v", "select array['x'::app.json] as v"])(
    '%s, which has the name of another type, is DATA that names it, applied',
    async (text) => {
      const error = await failure(api.query(sql.text(text)));
      expect(error).toMatchObject({ code: 'DATA', outcome: 'applied' });
      expect(error.message).toContain('json');
      expect(error.message).toContain('cast it to text');
    },
  );

  it.each([
    'create table made as select generate_series(1, 5) as n',
    'select n into made2 from made',
    'create materialized view made3 as select n from made',
    'refresh materialized view made3',
    'insert into made select n from made',
    'with gone as (delete from made where n = 1) update made set n = 7 where n = 5',
    'with gone as (delete from made where n = 2 returning n) select n from gone',
    'update made set n = 8 where n = 7 returning n',
    'table made',
  ])('%s affects as many rows as over TCP', async (text) => {
    // Each on a copy of its own of what those before it have made.
    const affected = async (db: Connection, schema: string) =>
      db.transaction(async (tx) => {
        await tx.query(sql.text(`set local search_path = ${schema}`));
        return (await tx.query(sql.text(text))).rowsAffected;
      });
    expect(await affected(api, 'one')).toBe(await affected(tcp, 'two'));
  });
});

describe('mysql', () => {
  it('what is made counts as over TCP', async () => {
    const fixture = await Fixture.start('mysql');
    const api = fixture.connect();
    const tcp = connect(iamMysql2(fixture.database.configs['iam-mysql2']));
    await api.query('create table t as select 1 as n union select 2');
    const affected = async (db: Connection, name: string) =>
      (await db.query(sql.text(`create table ${name} as select n from t`))).rowsAffected;
    expect(await affected(api, 'one')).toBe(await affected(tcp, 'two'));
    await tcp.close();
    await fixture.stop();
  });
});
