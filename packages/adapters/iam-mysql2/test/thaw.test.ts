import { defineThawChecks } from '@sqlport/conformance/vitest';
import { startLocal, startRelay } from '@sqlport/local';
import { afterAll } from 'vitest';
import { iamMysql2 } from '../src/index.ts';
import { serverUrl } from './fixture.ts';

const local = await startLocal({ postgres: false, mysql: { url: serverUrl() } });
afterAll(() => local.close());
const { configs } = await local.createDatabase();
const gateway = local.endpoints['iam-mysql2'];

defineThawChecks({
  async start() {
    const relay = await startRelay(gateway);
    gateway.relayPorts.add(relay.port);
    return relay;
  },
  adapter: ({ port }) => iamMysql2({ ...configs['iam-mysql2'], port }),
});
