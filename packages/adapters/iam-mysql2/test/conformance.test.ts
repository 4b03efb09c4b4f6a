import type { Target } from '@sqlport/conformance';
import { type IamConfigChange, iamFaults } from '@sqlport/conformance/faults';
import { defineConformance, defineSuiteChecks } from '@sqlport/conformance/vitest';
import { startLocal } from '@sqlport/local';
import { afterAll } from 'vitest';
import { fromUrl, iamMysql2 } from '../src/index.ts';
import { serverUrl } from './fixture.ts';

const url = serverUrl();
let clockAheadMs = 0;
const local = await startLocal({
  postgres: false,
  mysql: { url },
  clock: () => Date.now() + clockAheadMs,
});
afterAll(() => local.close());

const { configs } = await local.createDatabase();
const gateway = local.endpoints['iam-mysql2'];
const { hostname, port, username, password } = new URL(url);
const engine = { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password) };

// The server is its own reader.
const { host, port: gatewayPort } = gateway;
const readers = [{ host, port: gatewayPort }];
const adapter = (change: IamConfigChange = {}) => iamMysql2({ ...configs['iam-mysql2'], readers, ...change });

const target: Target = {
  name: 'iam-mysql2',
  dialect: 'mysql',
  adapter: () => adapter(),
  module: { adapter: iamMysql2, fromUrl, config: configs['iam-mysql2'] },
  // Every token is a query string with a signature.
  secrets: [local.credentials.secretAccessKey, engine.password, 'X-Amz-Signature'],
  faults: iamFaults({
    adapter,
    useCertificate: (kind) => gateway.useCertificate(kind),
    setClockAhead(ms) {
      clockAheadMs = ms;
    },
    engine,
  }),
};

defineConformance(target, {
  reportTo: new URL('../../../../node_modules/.cache/sqlport-conformance/', import.meta.url),
});
defineSuiteChecks(target);
