import { defineConformance, defineSuiteChecks } from '@sqlport/conformance/vitest';
import { afterAll } from 'vitest';
import { targetOf } from './conformance-target.ts';
import { Fixture } from './fixture.ts';

const fixture = await Fixture.start('mysql');
afterAll(() => fixture.stop());

const target = targetOf(fixture, {});

defineConformance(target, {
  reportTo: new URL('../../../../node_modules/.cache/sqlport-conformance/', import.meta.url),
});
defineSuiteChecks(target);
