import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure } from './fixture.ts';

const STRICT = 'STRICT_TRANS_TABLES';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start('mysql');
  const db = fixture.connect();
  await db.query('create table t (v varchar(5), at timestamp null, padded char(5))');
  await db.query(sql`insert into t values ('x', '2024-01-01 00:00:00', 'x')`);
});
afterEach(() => fixture.endpoint.sessionSettings.clear());
afterAll(() => fixture.stop());

/** Sets a cluster's parameters: sessions that are open meanwhile are not used again. */
async function set(settings: Readonly<Record<string, string>>): Promise<void> {
  fixture.endpoint.sessionSettings.clear();
  for (const [name, value] of Object.entries(settings)) fixture.endpoint.sessionSettings.set(name, value);
  await fixture.endSessions();
}
const count = async () => Number((await fixture.ask('select count(*) from t'))[0]![0]);
const SETTINGS = /@@time_zone/;
const asked = async (work: () => Promise<unknown>) => {
  const before = fixture.endpoint.calls.length;
  await work();
  return fixture.endpoint.calls.slice(before).filter((call) => SETTINGS.test(call.sql ?? '')).length;
};

describe('a cluster whose sessions are not in UTC', () => {
  it('is CONFIG for an instant in a result, which was read but is not delivered', async () => {
    await set({ time_zone: '+09:00' });
    const error = await failure(fixture.connect().query('select at from t'));
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'applied' });
    expect(error.message).toContain('time_zone');
  });

  it('is CONFIG for a Date, before anything is sent', async () => {
    await set({ time_zone: '+09:00' });
    const before = await count();
    const write = sql`insert into t (at) values (${new Date(0)})`;
    expect(await failure(fixture.connect().query(write))).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    const rows = [[new Date(0)], [new Date(1)]];
    const many = fixture.connect().executeMany('update t set at = ? where 1 = 0', rows);
    expect(await failure(many)).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
    expect(await count()).toBe(before);
  });

  it('is CONFIG in a transaction, which goes on without that statement', async () => {
    await set({ time_zone: '+09:00' });
    await fixture.connect().transaction(async (tx) => {
      expect(await failure(tx.query(sql`select ${new Date(0)} as a`))).toMatchObject({ code: 'CONFIG' });
      expect(await tx.one(sql`select 1 as a`)).toEqual({ a: 1 });
    });
  });

  it('does not matter to values that have no zone, nor to NULL', async () => {
    await set({ time_zone: '+09:00' });
    const text = "select v, cast(null as datetime) as a, timestamp '2024-01-01 00:00:00' as b from t";
    expect((await fixture.connect().query(text)).rows).toHaveLength(1);
    expect((await fixture.connect().query('select at from t where v is null')).rows).toEqual([]);
  });

  it('is asked again until it is right, and then no more', async () => {
    const db = fixture.connect();
    await set({ time_zone: '+09:00' });
    expect(await failure(db.query('select at from t'))).toMatchObject({ code: 'CONFIG' });
    await set({ time_zone: '+00:00' });
    expect(await asked(() => db.query('select at from t'))).toBe(1);
    expect(await asked(() => db.query('select at from t'))).toBe(0);
  });
});

describe('a cluster that is not strict', () => {
  it.each(["insert into t (v) values ('much too long')", "update t set v = 'much too long'"])(
    'is CONFIG for %s, before anything is sent',
    async (text) => {
      await set({ sql_mode: '' });
      const error = await failure(fixture.connect().query(text));
      expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
      expect(error.message).toContain('sql_mode');
      expect(await fixture.ask('select v from t')).toEqual([['x']]);
    },
  );

  it('may be read', async () => {
    await set({ sql_mode: '' });
    expect(await fixture.connect().one(sql`select v from t`)).toEqual({ v: 'x' });
  });
});

describe('a cluster that reads literals in another way', () => {
  it.each([
    [`${STRICT},NO_BACKSLASH_ESCAPES`, String.raw`select 'a\nb' as v`],
    [`${STRICT},ANSI_QUOTES`, 'select "x" as v'],
    [`${STRICT},PIPES_AS_CONCAT`, 'select 1 || 0 as v'],
  ])('(%s) is CONFIG for a text that means something else there', async (mode, text) => {
    await set({ sql_mode: mode });
    expect(await failure(fixture.connect().query(text))).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  });

  it('does not matter to parameters', async () => {
    await set({ sql_mode: `${STRICT},NO_BACKSLASH_ESCAPES,ANSI_QUOTES` });
    const value = String.raw`\' " -- \\`;
    expect(await fixture.connect().one(sql`select ${value} as v`)).toEqual({ v: value });
  });
});

describe('a cluster that pads CHAR', () => {
  const mode = `${STRICT},PAD_CHAR_TO_FULL_LENGTH`;

  it('is CONFIG for a CHAR that came with blanks, which was read but is not delivered', async () => {
    await set({ sql_mode: mode });
    const error = await failure(fixture.connect().query('select padded from t'));
    expect(error).toMatchObject({ code: 'CONFIG', outcome: 'applied' });
    expect(error.message).toContain('PAD_CHAR_TO_FULL_LENGTH');
  });

  it('does not matter to other texts, whatever they end with', async () => {
    await set({ sql_mode: mode });
    expect(await fixture.connect().one(sql`select v, ${'x '} as w from t`)).toEqual({ v: 'x', w: 'x ' });
  });
});

it('many first writes at once ask for the settings once', async () => {
  const db = fixture.connect();
  const writes = () => Promise.all([1, 2, 3, 4].map(() => db.query('update t set v = v')));
  expect(await asked(writes)).toBe(1);
  expect(await asked(writes)).toBe(0);
});

it('a question that cannot be answered is not applied before, and applied after', async () => {
  const db = fixture.connect();
  const fault = { drop: 'before', sql: SETTINGS, times: 1 } as const;
  fixture.endpoint.faults.add(fault);
  expect(await failure(db.query("update t set v = 'y'"))).toMatchObject({
    code: 'UNREACHABLE',
    outcome: 'not-applied',
  });
  fixture.endpoint.faults.add(fault);
  expect(await failure(db.query('select at from t'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'applied' });
});
