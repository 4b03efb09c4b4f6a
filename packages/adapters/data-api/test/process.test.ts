import { defineProcessChecks } from '@sqlport/conformance/vitest';
import { afterAll, beforeAll, describe } from 'vitest';
import { ENGINES, Fixture } from './fixture.ts';

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
  });
  afterAll(() => fixture.stop());

  defineProcessChecks({
    module: new URL('../src/index.ts', import.meta.url),
    config: () => fixture.config,
    dialect: engine,
    lazy: ['@aws-sdk/'],
  });
});
