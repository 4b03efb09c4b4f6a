import { defineProcessChecks } from '@sqlport/conformance/vitest';
import { afterAll, beforeAll } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

defineProcessChecks({
  module: new URL('../src/index.ts', import.meta.url),
  config: () => fixture.config,
  dialect: 'postgres',
  lazy: ['pg/', '@aws-sdk/'],
});
