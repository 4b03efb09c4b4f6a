import { defineProcessChecks } from '@sqlport/conformance/vitest';
import { afterAll, beforeAll } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

defineProcessChecks({
  module: new URL('./over-port.ts', import.meta.url),
  config() {
    // A function cannot be written as JSON.
    const { fetch: _, ...config } = fixture.config;
    return { ...config, port: fixture.endpoint.port };
  },
  dialect: 'mysql',
  lazy: ['@tidbcloud'],
});
