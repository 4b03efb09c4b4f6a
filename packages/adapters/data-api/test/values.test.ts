import { type Connection, connect, sql } from '@sqlport/core';
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
});
