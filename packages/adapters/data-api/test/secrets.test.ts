import { inspect } from 'node:util';
import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dataApi } from '../src/index.ts';
import { ENGINES, Fixture, failure } from './fixture.ts';

const CANARY = 'canary5ecret';

const shown = (value: unknown): string =>
  inspect(value, { depth: 12, getters: true }) +
  JSON.stringify(value) +
  (value instanceof Error ? `${value.message}${value.stack}${inspect(value.cause, { depth: 12 })}` : '');

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  const events: unknown[] = [];
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    await fixture.connect().query('create table t (v varchar(20) primary key)');
  });
  afterEach(() => {
    fixture.endpoint.faults.clear();
    events.length = 0;
  });
  afterAll(() => fixture.stop());
  const connection = (change = {}) => fixture.connect(change, { onQuery: (event) => void events.push(event) });

  it('a parameter is shown nowhere, whatever goes wrong with its statement', async () => {
    const db = connection();
    await db.query(sql`insert into t values (${CANARY})`);
    const duplicate = sql`insert into t values (${CANARY})`;
    const works: (() => Promise<unknown>)[] = [
      () => db.query(duplicate),
      () => db.query(sql`select ${CANARY} + no_such_column`),
      () => db.query(sql`insert into t values (${CANARY.repeat(10)})`),
      () => db.query(sql`select cast(${CANARY} as decimal(1)) from no_such_table`),
      () => db.transaction((tx) => tx.query(duplicate)),
      () => db.batch([sql`select 1`, duplicate]),
      () =>
        db.executeMany(engine === 'mysql' ? 'insert into t select ?' : 'insert into t select $1', [[CANARY], [CANARY]]),
      () => db.query(sql`select ${CANARY.repeat(500_000)} as v`),
      () => db.query(sql`select ${CANARY} as v`, { signal: AbortSignal.abort() }),
    ];
    for (const work of works) expect(shown(await failure(work()))).not.toContain('canary');
    for (const fault of [
      { fail: 'internal-error' },
      { drop: 'after' },
      { drop: 'mid-reply' },
      { fail: 'throttling' },
    ] as const) {
      fixture.endpoint.faults.add({ ...fault, times: 1 });
      expect(shown(await failure(db.query(sql`select ${CANARY} as v`)))).not.toContain('canary');
    }
    const echoed = { type: 'BadRequestException', message: `You sent ${CANARY}` } as const;
    fixture.endpoint.faults.add({ fail: echoed, times: 1 });
    expect(shown(await failure(db.query(sql`select ${CANARY} as v`)))).not.toContain('canary');
    expect(events.length).toBeGreaterThan(8);
    expect(shown(events)).not.toContain('canary');
  });

  it('an access key and a session token are shown nowhere', async () => {
    const { accessKeyId } = fixture.config.credentials;
    const credentials = { accessKeyId, secretAccessKey: CANARY, sessionToken: CANARY };
    const db = connection({ credentials });
    const error = await failure(db.query('select 1'));
    expect(error.code).toBe('AUTH');
    expect(shown(error) + shown(events)).not.toContain('canary');
    const missing = async () => {
      throw new Error(`no credentials for ${CANARY}`);
    };
    const refused = await failure(connection({ credentials: missing }).query('select 1'));
    expect(refused).toMatchObject({ code: 'AUTH', outcome: 'not-applied' });
    expect(shown(refused)).not.toContain('canary');
  });

  it('a configured adapter shows no secret', () => {
    const adapter = dataApi({ ...fixture.config, credentials: { accessKeyId: 'a', secretAccessKey: CANARY } });
    expect(shown(adapter)).not.toContain('canary');
  });
});
