import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, Fixture, failure } from './fixture.ts';

const HOUR = 3_600_000;

describe.each(ENGINES)('%s: a clock that differs from the service’s', (engine) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    const db = fixture.connect();
    await db.query('create table t (id int)');
  });
  afterEach(() => {
    fixture.setClockAhead(0);
    fixture.endpoint.faults.clear();
  });
  afterAll(() => fixture.stop());

  const count = async () => Number((await fixture.ask('select count(*) from t'))[0]![0]);

  it.each([HOUR, -HOUR, 24 * HOUR])(
    'by %i ms is healed with one request more, and a write is applied once',
    async (ahead) => {
      const db = fixture.connect();
      await db.query('select 1');
      fixture.setClockAhead(ahead);
      const before = await count();
      // On MySQL the first write asks for the settings before, and that heals it.
      const first = engine === 'mysql' ? 3 : 2;
      expect(await fixture.operationsOf(() => db.query(sql`insert into t values (${1})`))).toHaveLength(first);
      expect(await fixture.operationsOf(() => db.query(sql`insert into t values (${2})`))).toHaveLength(1);
      expect(await count()).toBe(before + 2);
      // And back, when somebody sets the clock right.
      fixture.setClockAhead(0);
      expect(await fixture.operationsOf(() => db.query('select 1'))).toHaveLength(2);
      expect(await fixture.operationsOf(() => db.query('select 1'))).toHaveLength(1);
    },
  );

  it('a wrong key is refused once, whatever the clock', async () => {
    const credentials = { ...fixture.config.credentials, secretAccessKey: 'not the key' };
    const db = fixture.connect({ credentials });
    expect(await fixture.operationsOf(() => failure(db.query('select 1')))).toHaveLength(1);
  });

  it('a failing service whose Date is wrong is not asked again', async () => {
    const db = fixture.connect();
    await db.query(sql`insert into t values (${0})`);
    const before = await count();
    // Far enough for the SDK to set its clock by it, and near enough for the signature to pass.
    fixture.setClockAhead(280_000);
    fixture.endpoint.faults.add({ fail: 'service-unavailable', when: 'after' });
    const operations = await fixture.operationsOf(async () => {
      expect(await failure(db.query(sql`insert into t values (${3})`))).toMatchObject({
        code: 'UNREACHABLE',
        outcome: 'unknown',
      });
    });
    expect(operations).toHaveLength(1);
    expect(await count()).toBe(before + 1);
  });
});
