import { areas, type Target } from '@sqlport/conformance';
import { defineConformance } from '@sqlport/conformance/vitest';
import { startLocal } from '@sqlport/local';
import { afterAll } from 'vitest';
import { iamPg } from '../src/index.ts';
import { serverUrl } from './fixture.ts';

const local = await startLocal({ mysql: false, postgres: { url: serverUrl() } });
afterAll(() => local.close());

const { configs } = await local.createDatabase();
const { address, limits } = local.proxies['iam-pg'];
// Some cases hold many transactions open at once; and a pinned session keeps its connection.
limits.maxConnections = 20;

const target: Target = {
  name: 'iam-pg through RDS Proxy',
  dialect: 'postgres',
  adapter: () => iamPg({ ...configs['iam-pg'], ...address }),
  // A session of the server's is lent for a transaction at a time.
  wire: 'requests',
  secrets: [local.credentials.secretAccessKey, 'X-Amz-Signature'],
};

// Aborts leave statements behind on the server, since nothing is cancelled; proxy.test.ts has one.
defineConformance(target, { areas: areas.filter((area) => area !== 'abort') });
