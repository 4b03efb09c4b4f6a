import { until } from '@sqlport/conformance/driver';
import type { FaultEffect } from '@sqlport/local';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture, failure } from './fixture.ts';

let fixture: Fixture;
let db: ReturnType<Fixture['connect']>;
beforeAll(async () => {
  fixture = await Fixture.start('postgres');
  db = fixture.connect();
  await db.query('create table t (a int)');
});
afterAll(() => fixture.stop());

it.each<FaultEffect>([
  { fail: 'resuming' },
  { fail: 'throttling' },
  { fail: 'too-many-requests' },
  { fail: 'service-unavailable' },
  { fail: 'service-unavailable', when: 'after' },
  { fail: 'internal-error' },
  { fail: 'internal-error', when: 'after' },
  { fail: 'database-unavailable' },
  { drop: 'unread' },
  { drop: 'before' },
  { drop: 'after' },
  { drop: 'mid-reply' },
])('is tried again after %o: no transaction keeps its locks', async (effect) => {
  const changeOfMind = new Error('The body changed its mind.');
  const body = async (tx: Pick<typeof db, 'query'>) => {
    await tx.query('insert into t values (1)');
    throw changeOfMind;
  };
  const before = fixture.endpoint.openTransactions;
  fixture.endpoint.faults.add({ ...effect, operation: 'RollbackTransaction', times: 1 });
  await expect(db.transaction(body)).rejects.toBe(changeOfMind);
  await until(() => fixture.endpoint.openTransactions === before);
});

it.each<FaultEffect>([
  { fail: 'resuming' },
  { fail: 'internal-error' },
  { fail: 'database-unavailable' },
  { drop: 'unread' },
  { drop: 'before' },
])('follows a COMMIT that met %o: no transaction keeps its locks', async (effect) => {
  const before = fixture.endpoint.openTransactions;
  fixture.endpoint.faults.add({ ...effect, operation: 'CommitTransaction', times: 1 });
  await failure(db.transaction((tx) => tx.query('insert into t values (1)')));
  await until(() => fixture.endpoint.openTransactions === before);
});
