import { type Case, cases, openTarget } from '@sqlport/conformance';
import { connect, sql } from '@sqlport/core';
import type { Adapter } from '@sqlport/core/spi';

/** What came of the suite on one service. */
export interface SuiteRun {
  readonly adapter: string;
  /** As the server itself says. */
  readonly version: string;
  readonly passed: number;
  readonly skipped: number;
  /** With the reason. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** Adapters that send each statement in a request of its own. */
const BY_REQUEST: ReadonlySet<string> = new Set(['data-api', 'tidb-serverless']);

/** Runs the cases of an adapter's dialect on an empty database. Rejects where it is not empty, before anything is changed. */
export async function runSuite(adapter: Adapter, isWanted: (c: Case) => boolean = () => true): Promise<SuiteRun> {
  const { name, traits } = adapter;
  const version = await versionOfEmpty(adapter);
  await using target = await openTarget({
    name,
    dialect: traits.dialect,
    wire: BY_REQUEST.has(name) ? 'requests' : 'connections',
    adapter: () => adapter,
  });
  const failed: { id: string; reason: string }[] = [];
  let passed = 0;
  let skipped = 0;
  for (const each of cases) {
    if (!isWanted(each)) continue;
    const { id, status, reason = '' } = await target.run(each);
    if (status === 'passed') passed++;
    else if (status === 'skipped') skipped++;
    else failed.push({ id, reason });
  }
  return { adapter: name, version, passed, skipped, failed };
}

const QUESTIONS = {
  postgres: sql`select version(), count(*) from information_schema.tables where table_schema = current_schema()`,
  mysql: sql`select version(), count(*) from information_schema.tables where table_schema = database()`,
};

/** The suite makes tables and drops them: not where somebody has any. */
async function versionOfEmpty(adapter: Adapter): Promise<string> {
  await using db = connect(adapter);
  const { rows } = await db.values(QUESTIONS[db.dialect]);
  const [version, tables] = rows[0]!;
  if (Number(tables) > 0) throw new Error('The database is not empty. Take one that is for nothing else.');
  return String(version).split(' on ')[0]!;
}
