import { PGlite } from '@electric-sql/pglite';
import { cases, runCase, type Target } from '@sqlport/conformance';
import { afterAll, test } from 'vitest';
import { pglite } from '../src/index.ts';

/** What PGlite cannot do, and the cases that are about it; every other case must pass. */
const BEYOND = {
  'PGlite has one session: who asks for another one waits until the transaction ends': `
    transactions/unseen-outside transactions/begin-commit transactions/dialect-of-two transactions/outside-is-outside
    transactions/long-lived transactions/session-lost transactions/session-lost-body transactions/session-lost-idle
    transactions/failing-rollback isolation/sees-commits-read-uncommitted isolation/sees-commits-read-committed
    isolation/sees-snapshot isolation/no-dirty-read isolation/no-write-skew isolation/retried
    concurrency/no-head-of-line concurrency/deadlock concurrency/deadlock-swallowed errors/postgres/locked-row`,
  'PGlite runs in the thread of its caller: nothing can interrupt a statement': `
    abort/during abort/reason-unused abort/time-out abort/leaves-no-victim abort/others-go-on abort/in-transaction
    abort/in-transaction-outcome abort/time-out-in-transaction abort/postgres/time-out-of-commit abort/swallowed-in-transaction abort/transaction-signal abort/queued
    streams/timed-out errors/postgres/statement-time-out life-cycle/close-waits life-cycle/close-after-abort`,
};

const reasons = new Map(
  Object.entries(BEYOND).flatMap(([reason, ids]) =>
    ids
      .trim()
      .split(/\s+/)
      .map((id) => [id, reason] as const),
  ),
);

const db = await PGlite.create();
afterAll(() => db.close());
const target: Target = { name: 'pglite', dialect: 'postgres', wire: 'requests', adapter: () => pglite({ db }) };

for (const each of cases.filter(({ dialects = ['postgres'] }) => dialects.includes('postgres'))) {
  test(`${each.id}: ${each.title}`, { timeout: 40_000 }, async ({ skip }) => {
    skip(reasons.has(each.id), reasons.get(each.id));
    const result = await runCase(each, target);
    skip(result.status === 'skipped', result.reason);
    if (result.status !== 'passed') throw result.error;
  });
}

test('every case that is left out is a case', ({ expect }) => {
  const ids = new Set(cases.map(({ id }) => id));
  expect([...reasons.keys()].filter((id) => !ids.has(id))).toEqual([]);
});
