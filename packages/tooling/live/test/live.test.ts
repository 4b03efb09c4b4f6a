import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, sql } from '@sqlport/core';
import { startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { adapterOf } from '../src/adapter.ts';
import { runSuite } from '../src/run-suite.ts';
import { recordRuns } from '../src/verified-page.ts';

const local = await startLocal(inject('sqlportLocal'));
afterAll(() => local.close());

const STRATEGIES = [
  ['iam-pg', 'iam-pg'],
  ['iam-mysql2', 'iam-mysql2'],
  ['data-api-postgres', 'data-api'],
  ['tidb-serverless', 'tidb-serverless'],
] as const;

/** What a local endpoint needs and no URL holds. */
function localOnly(strategy: (typeof STRATEGIES)[number][0]): object {
  const { adapter } = local.configs[strategy];
  const { endpoint } = { endpoint: undefined, ...local.configs[strategy] };
  return { ...local.defaults[adapter], ...(endpoint && { endpoint }) };
}

describe('the suite by a URL', () => {
  test.each(STRATEGIES)('runs on %s', { timeout: 60_000 }, async (strategy, adapter) => {
    await using database = await local.createDatabase();
    const run = await runSuite(
      await adapterOf(database.urls[strategy], localOnly(strategy)),
      ({ area }) => area === 'query',
    );
    expect(run).toMatchObject({ adapter, version: expect.stringMatching(/\d+\.\d+/) });
    expect(run.passed).toBeGreaterThan(20);
    const known = await readFile(new URL('../../../../docs/capabilities.md', import.meta.url), 'utf8');
    expect(run.failed.filter(({ id }) => !known.includes(`\`${id}\``))).toEqual([]);
  });

  test('changes nothing where there are tables', async () => {
    await using database = await local.createDatabase();
    const adapter = await adapterOf(database.urls['iam-pg'], localOnly('iam-pg'));
    await using db = connect(await adapterOf(database.urls['iam-pg'], localOnly('iam-pg')));
    await db.query(sql`create table precious (id int)`);
    await expect(runSuite(adapter)).rejects.toThrow('The database is not empty.');
  });

  test('is refused for a URL of another kind, which is not repeated', async () => {
    await expect(adapterOf('mysql://app:secret@db/shop')).rejects.toThrow(/^(?!.*secret).*iam-mysql2/);
  });
});

test('runs are recorded one below the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlport-live-'));
  try {
    const page = pathToFileURL(join(folder, 'verified.md'));
    await copyFile(new URL('../../../../docs/verified.md', import.meta.url), page);
    const run = { adapter: 'iam-pg', version: 'PostgreSQL 17.4', passed: 700, skipped: 3, failed: [] };
    await recordRuns(page, [run], '2026-01-02');
    await recordRuns(page, [{ ...run, failed: [{ id: 'query/one', reason: 'why' }] }], '2026-01-03');
    const text = await readFile(page, 'utf8');
    expect(text).toContain(
      '| 2026-01-02 | iam-pg | PostgreSQL 17.4 | 700 | 3 | none |\n| 2026-01-03 | iam-pg | PostgreSQL 17.4 | 700 | 3 | `query/one` |',
    );
    expect(text).toContain('<!-- end of what was recorded -->');
  } finally {
    await rm(folder, { recursive: true });
  }
});
