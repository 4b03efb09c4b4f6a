import type { Target } from '@sqlport/conformance';
import { httpFaults } from '@sqlport/conformance/faults';
import { type DataApiEndpointConfig, dataApi, fromUrl } from '../src/index.ts';
import type { Fixture } from './fixture.ts';

/** The target for the conformance suite. */
export function targetOf(fixture: Fixture, divergences: Readonly<Record<string, string>>): Target {
  const { engine, endpoint, config, local } = fixture;
  // Few enough that what a driver leaves open is soon missed.
  endpoint.limits.connections = 20;
  const adapter = (change: Partial<DataApiEndpointConfig> = {}) => dataApi({ ...config, ...change });
  return {
    name: `data-api-${engine}`,
    dialect: engine,
    wire: 'requests',
    divergences,
    adapter: () => adapter(),
    module: { adapter: dataApi, fromUrl, config, urlsNameServers: false },
    secrets: [local.credentials.secretAccessKey],
    faults: {
      ...httpFaults({
        over: (port) => adapter({ endpoint: `http://127.0.0.1:${port}` }),
        port: endpoint.port,
        endSessions: () => fixture.endSessions(),
      }),
      'unknown-host': () => ({ adapter: adapter({ endpoint: 'https://nobody.invalid' }) }),
      'wrong-database': () => ({ adapter: adapter({ database: 'no_such_database' }) }),
      'wrong-login': () => ({
        adapter: adapter({ credentials: { ...config.credentials, secretAccessKey: 'not the key' } }),
      }),
      'wrong-region': () => ({ adapter: adapter({ region: 'eu-central-1' }) }),
      'expired-login': () => {
        const { accessKeyId, secretAccessKey } = config.credentials;
        endpoint.credentials.set(accessKeyId, { secretAccessKey, expiresAt: 1 });
        return { adapter: adapter(), end: () => void endpoint.credentials.set(accessKeyId, { secretAccessKey }) };
      },
    },
  };
}
