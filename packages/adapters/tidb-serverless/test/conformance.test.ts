import type { Target } from '@sqlport/conformance';
import { httpFaults } from '@sqlport/conformance/faults';
import { defineConformance, defineSuiteChecks } from '@sqlport/conformance/vitest';
import { startLocal } from '@sqlport/local';
import mysql from 'mysql2/promise';
import { afterAll } from 'vitest';
import { fromUrl, type TidbServerlessServerConfig, tidbServerless } from '../src/index.ts';
import { fetchOver } from './fetch-over.ts';
import { serverUrl } from './fixture.ts';

const local = await startLocal({ postgres: false, mysql: { url: serverUrl() } });
const admin = await mysql.createConnection(local.mysql!.url);
afterAll(async () => {
  await admin.end();
  await local.close();
});

const { name, configs } = await local.createDatabase();
const config = configs['tidb-serverless'];
const endpoint = local.endpoints['tidb-serverless'];

const adapter = (change: Partial<TidbServerlessServerConfig> = {}) => tidbServerless({ ...config, ...change });

async function endSessions(): Promise<void> {
  const [rows] = await admin.query('SELECT id AS id FROM information_schema.processlist WHERE db = ?', [name]);
  for (const { id } of rows as { id: number }[]) await admin.query('KILL ?', [id]).catch(() => {});
}

const NO_PROCEDURES = 'TiDB has no stored procedures.';

const target: Target = {
  name: 'tidb-serverless',
  dialect: 'mysql',
  wire: 'requests',
  divergences: {
    'query/rows-matched': 'The wire counts the rows that an UPDATE changed, not those that it matched.',
    'abort/in-transaction-outcome':
      'Where the session was lost the statement ran by itself, and only its answer would have told.',
    'query/mysql/create-procedure': NO_PROCEDURES,
    'errors/mysql/committing-procedure': NO_PROCEDURES,
    'batch/mysql/committing-procedure': NO_PROCEDURES,
    'transactions/mysql/implicit-commit-unseen': NO_PROCEDURES,
    'transactions/mysql/commit-after-procedure': NO_PROCEDURES,
  },
  adapter: () => adapter(),
  module: { adapter: tidbServerless, fromUrl, config },
  secrets: [config.password, btoa(`${config.user}:${config.password}`)],
  faults: {
    ...httpFaults({ over: (port) => adapter({ fetch: fetchOver(port) }), port: endpoint.port, endSessions }),
    'unknown-host': () => ({ adapter: adapter({ host: 'nobody.invalid', fetch: (url, init) => fetch(url, init) }) }),
    'wrong-database': () => ({ adapter: adapter({ database: 'no_such_database' }) }),
    'wrong-login': () => ({ adapter: adapter({ password: 'not-the-password' }) }),
  },
};

defineConformance(target, {
  reportTo: new URL('../../../../node_modules/.cache/sqlport-conformance/', import.meta.url),
});
defineSuiteChecks(target);
