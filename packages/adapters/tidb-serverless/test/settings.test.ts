import { failure } from '@sqlport/conformance/driver';
import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

const STRICT = 'STRICT_TRANS_TABLES';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
  const db = fixture.connect();
  await db.query('create table t (v varchar(5), at timestamp null, padded char(5))');
  await db.query(sql`insert into t values ('x', '2024-01-01 00:00:00', 'x')`);
});
afterEach(() => fixture.setSession());
afterAll(() => fixture.stop());

const set: Fixture['setSession'] = (variables) => fixture.setSession(variables);
const count = async () => (await fixture.connect().one<{ n: number }>(sql`select count(*) as n from t`)).n;

describe('a server whose sessions are not in UTC', () => {
  it('is CONFIG for an instant in a result, which was read but is not delivered', async () => {
    set({ time_zone: '+09:00' });
    const error = await failure(fixture.connect().query('select at from t'));
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'applied' });
    expect(error.message).toContain('SET GLOBAL time_zone');
  });

  it('is CONFIG for a Date, before anything is sent', async () => {
    set({ time_zone: 'Europe/Berlin' });
    const statement = sql`insert into t (at) values (${new Date(0)})`;
    const before = await count();
    expect(await failure(fixture.connect().query(statement))).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(await count()).toBe(before);
  });

  it('is CONFIG in a transaction, which goes on without that statement', async () => {
    set({ time_zone: '+09:00' });
    const db = fixture.connect();
    await db.transaction(async (tx) => {
      expect(await failure(tx.query(sql`select ${new Date(0)}`))).toMatchObject({ code: 'CONFIG' });
      expect(await tx.one(sql`select 1 as a`)).toEqual({ a: 1 });
    });
  });

  it('does not matter to values that have no zone, nor to NULL', async () => {
    set({ time_zone: '+09:00' });
    const { rows } = await fixture
      .connect()
      .query("select v, cast(null as datetime), timestamp '2024-01-01 00:00:00' from t");
    expect(rows).toHaveLength(1);
    expect((await fixture.connect().query('select at from t where v is null')).rows).toEqual([]);
  });

  it.each(['UTC', '+00:00'])('is not one whose time_zone is %s', async (zone) => {
    set({ time_zone: zone });
    expect(await fixture.connect().one(sql`select at from t`)).toEqual({ at: new Date('2024-01-01T00:00:00Z') });
  });

  it('is asked again until it is right', async () => {
    const db = fixture.connect();
    set({ time_zone: '+09:00' });
    expect(await failure(db.query('select at from t'))).toMatchObject({ code: 'CONFIG' });
    set({ time_zone: '+00:00' });
    expect((await db.query('select at from t')).rows).toHaveLength(1);
  });
});

describe('a server that is not strict', () => {
  it.each(["insert into t (v) values ('much too long')", "update t set v = 'much too long'"])(
    'is CONFIG for %s, before anything is sent',
    async (text) => {
      set({ sql_mode: '' });
      const error = await failure(fixture.connect().query(text));
      expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
      expect(error.message).toContain('sql_mode');
      expect(await fixture.connect().one(sql`select v from t`)).toEqual({ v: 'x' });
    },
  );

  it('may be read', async () => {
    set({ sql_mode: '' });
    expect(await fixture.connect().one(sql`select v from t`)).toEqual({ v: 'x' });
  });

  it('is one without autocommit as well', async () => {
    set({ autocommit: 0 });
    expect(await failure(fixture.connect().query("insert into t (v) values ('y')"))).toMatchObject({ code: 'CONFIG' });
  });
});

describe('a server that reads literals in another way', () => {
  it.each([
    [`${STRICT},NO_BACKSLASH_ESCAPES`, String.raw`select 'a\nb' as v`],
    [`${STRICT},ANSI_QUOTES`, 'select "x" as v'],
    [`${STRICT},PIPES_AS_CONCAT`, 'select 1 || 0 as v'],
  ])('(%s) is CONFIG for a text that means something else there', async (mode, text) => {
    set({ sql_mode: mode });
    expect(await failure(fixture.connect().query(text))).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  });

  it('does not matter to parameters', async () => {
    set({ sql_mode: `${STRICT},NO_BACKSLASH_ESCAPES,ANSI_QUOTES` });
    const value = String.raw`\' " -- \\`;
    expect(await fixture.connect().one(sql`select ${value} as v`)).toEqual({ v: value });
  });
});

describe('a server that pads CHAR', () => {
  const mode = `${STRICT},PAD_CHAR_TO_FULL_LENGTH`;

  it('is CONFIG for a CHAR that came with blanks, which was read but is not delivered', async () => {
    set({ sql_mode: mode });
    const error = await failure(fixture.connect().query('select padded from t'));
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'applied' });
    expect(error.message).toContain('PAD_CHAR_TO_FULL_LENGTH');
  });

  it('does not matter to other texts, whatever they end with', async () => {
    set({ sql_mode: mode });
    expect(await fixture.connect().one(sql`select v, ${'x '} as w from t`)).toEqual({ v: 'x', w: 'x ' });
  });
});

describe('a server that sends another character set', () => {
  it.each([
    ['character_set_results', sql`select ${'日本'} as v`, 'applied'],
    ['character_set_client', sql`select '日本' as v`, 'not-applied'],
  ] as const)('(%s) is CONFIG where a text would suffer', async (name, statement, outcome) => {
    set({ [name]: 'latin1' });
    const error = await failure(fixture.connect().query(statement));
    expect(error).toMatchObject({ code: 'CONFIG', outcome });
    expect(error.message).toContain('utf8mb4');
  });

  it('does not matter to ASCII', async () => {
    set({ character_set_results: 'latin1', character_set_client: 'latin1' });
    expect(await fixture.connect().one(sql`select ${'plain'} as v`)).toEqual({ v: 'plain' });
  });
});

it('a question that cannot be answered is not applied before, and applied after', async () => {
  const db = fixture.connect();
  const scope = { sql: /@@time_zone/ };
  fixture.endpoint.injectFault({ kind: 'drop', when: 'before' }, scope);
  expect(await failure(db.query("insert into t (v) values ('y')"))).toMatchObject({
    code: 'UNREACHABLE',
    outcome: 'not-applied',
  });
  fixture.endpoint.injectFault({ kind: 'drop', when: 'before' }, scope);
  expect(await failure(db.query('select at from t'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'applied' });
});
