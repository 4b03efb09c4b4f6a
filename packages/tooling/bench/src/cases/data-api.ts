import { sql } from '@sqlport/core';
import type { Bench, Case, Figure } from '../case.ts';
import { atOnce, type Comparison, compare, type Sides } from '../compare.ts';
import { type DataApiContenders, openDataApi } from '../contenders/data-api.ts';
import { TABLE_ROWS } from '../tables.ts';

const MOST_CPU = 1.15;
/** Calls that wait for the endpoint leave a processor's caches to the others: rounds are long against the change of sides. */
const ROUND_MS = 100;
const BULK_ROWS = 10_000;
/** Rows that are sent one by one; all of them would take minutes. */
const SINGLE_ROWS = 200;

/** The raw client, asked for the reply that rows by name need. */
const RAW_NAMED = 'RDSDataClient';

const someId = () => 1 + Math.floor(Math.random() * TABLE_ROWS);

/** Calls under way in a Lambda function's busiest moment, or in a small server's usual one. */
const AT_ONCE = 20;

/** The same, so many calls at once: what the endpoint's latency leaves to be seen is the client's work. */
function busy({ ours, others }: Sides): Sides {
  const named = Object.entries(others).map(([name, operation]) => [name, atOnce(AT_ONCE, operation)]);
  return { ours: atOnce(AT_ONCE, ours), others: Object.fromEntries(named) };
}

/** One row by its primary key: a select is one call whatever its parameters. */
function selectSides({ db, raw, named, cached, dataApiClient, kysely, drizzle }: DataApiContenders): Sides {
  return {
    ours: async () => {
      const statement = sql`select id, name, email, created_at from customer where id = ${someId()}`;
      return (await db.query(statement)).rows.length;
    },
    others: {
      [RAW_NAMED]: () => named(someId()),
      'RDSDataClient with cacheMiddleware': () => cached(someId()),
      'RDSDataClient, rows without names': () => raw(someId()),
      'data-api-client': () => dataApiClient(someId()),
      'kysely-data-api': () => kysely(someId()),
      ...(drizzle && { 'drizzle aws-data-api': () => drizzle(someId()) }),
    },
  };
}

/** How many times as long one call a row takes as `executeMany`. */
async function bulkFigure(subject: string, { db, insertEvent }: DataApiContenders): Promise<Figure> {
  const text = 'insert into event (kind, amount, at) values (:kind, :amount, :at)';
  const sets = Array.from({ length: BULK_ROWS }, (_, n) => ({
    kind: 'sale',
    amount: `${n}.25`,
    at: new Date(1_767_225_600_000 + n * 1_000),
  }));
  await db.executeMany(text, sets.slice(0, 100));
  const ours = await milliseconds(() => db.executeMany(text, sets));
  const single = await milliseconds(async () => {
    for (let n = 0; n < SINGLE_ROWS; n++) await insertEvent('sale', `${n}.25`, '2026-01-01 00:00:00');
  });
  const ratio = ((single / SINGLE_ROWS) * BULK_ROWS) / ours;
  return {
    subject: `${subject}: ${BULK_ROWS.toLocaleString('en')} rows, one call a row against executeMany`,
    value: `${ratio.toFixed(0)} × as long (from ${SINGLE_ROWS} calls)`,
  };
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export const dataApi: Case = {
  name: 'data-api',
  title: 'Data API: one row by its primary key, and bulk insert',
  goal: `CPU ≤ ${MOST_CPU} × RDSDataClient`,
  async measure({ configs, effort }: Bench) {
    const comparisons: Comparison[] = [];
    const figures: Figure[] = [];
    for (const [subject, config] of [
      ['PostgreSQL', configs['data-api-postgres']],
      ['MySQL', configs['data-api-mysql']],
    ] as const) {
      await using contenders = openDataApi(config);
      const sides = selectSides(contenders);
      const found = [
        ...(await compare(`${subject}, ${AT_ONCE} at once`, busy(sides), effort)),
        ...(await compare(`${subject}, one at a time`, sides, effort, { roundMs: ROUND_MS })),
      ];
      for (const comparison of found) {
        const isGoal = comparison.other === RAW_NAMED;
        comparisons.push(isGoal ? { ...comparison, reached: comparison.cpu.median >= 1 / MOST_CPU } : comparison);
      }
      figures.push(await bulkFigure(subject, contenders));
    }
    return { comparisons, figures };
  },
};
