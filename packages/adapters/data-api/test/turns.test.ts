import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Fixture, failure, until } from './fixture.ts';

const SLOW = { operation: 'ExecuteStatement', sql: /slow/ } as const;
const slow = sql`select 'slow' as a`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start('postgres');
});
afterEach(() => fixture.endpoint.faults.clear());
afterAll(() => fixture.stop());

const reached = (count: number) => until(() => fixture.endpoint.calls.length >= count);

it('requests beyond max wait for longer than a connection may take to be made', async () => {
  const db = fixture.connect({ max: 1, connectTimeoutMs: 200 });
  fixture.endpoint.faults.add({ ...SLOW, latencyMs: 500 });
  const answers = await Promise.all([db.one(slow), db.one(slow), db.one(sql`select 1 as a`)]);
  expect(answers).toEqual([{ a: 'slow' }, { a: 'slow' }, { a: 1 }]);
});

it('COMMIT and ROLLBACK do not wait behind statements', async () => {
  const db = fixture.connect({ max: 2 });
  const [first, second] = [await db.begin(), await db.begin()];
  await first.query('select 1');
  fixture.endpoint.faults.add({ ...SLOW, latencyMs: 60_000 });
  const before = fixture.endpoint.calls.length;
  const controller = new AbortController();
  const calls = Array.from({ length: 4 }, () => failure(db.query(slow, { signal: controller.signal })));
  await reached(before + 2);
  await Promise.all([first.commit(), second.rollback()]);
  expect(fixture.endpoint.calls.slice(before).map(({ operation }) => operation)).toEqual([
    'ExecuteStatement',
    'ExecuteStatement',
    expect.stringMatching(/^(Commit|Rollback)Transaction$/),
    expect.stringMatching(/^(Commit|Rollback)Transaction$/),
  ]);
  controller.abort();
  const outcomes = (await Promise.all(calls)).map(({ code, outcome }) => `${code} ${outcome}`);
  expect(outcomes).toEqual(['ABORTED unknown', 'ABORTED unknown', 'ABORTED not-applied', 'ABORTED not-applied']);
  fixture.endpoint.faults.clear();
  expect(await Promise.all(Array.from({ length: 5 }, () => db.one(sql`select 1 as a`)))).toHaveLength(5);
});
