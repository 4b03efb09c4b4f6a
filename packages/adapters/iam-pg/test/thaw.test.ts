import { defineThawChecks } from '@sqlport/conformance/vitest';
import { startLocal, startRelay } from '@sqlport/local';
import { afterAll } from 'vitest';
import { iamPg } from '../src/index.ts';
import { serverUrl } from './fixture.ts';

const local = await startLocal({ mysql: false, postgres: { url: serverUrl() } });
afterAll(() => local.close());
const { configs } = await local.createDatabase();
const gateway = local.endpoints['iam-pg'];

defineThawChecks({
  async start() {
    const relay = await startRelay(gateway);
    gateway.relayPorts.add(relay.port);
    return relay;
  },
  adapter: ({ port }) => iamPg({ ...configs['iam-pg'], port }),
});
