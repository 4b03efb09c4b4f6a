import { defineConformance, defineSuiteChecks } from '@sqlport/conformance/vitest';
import { afterAll } from 'vitest';
import { targetOf } from './conformance-target.ts';
import { Fixture } from './fixture.ts';

const fixture = await Fixture.start('mysql');
afterAll(() => fixture.stop());

const target = targetOf(fixture, {
  'query/long-statement': 'The API takes statements of 65,536 characters.',
  'values-in/long-text': 'The API returns results of 1 MiB.',
  'values-out/mysql/large-text': 'The API returns results of 1 MiB.',
  'values-out/mysql/tinyint1-two':
    'The API returns TINYINT(1) as true or false; select the column + 0 to have the number.',
  'transactions/mysql/implicit-commit-unseen': 'The API does not tell that a procedure has ended the transaction.',
});

defineConformance(target, {
  reportTo: new URL('../../../../node_modules/.cache/sqlport-conformance/', import.meta.url),
});
defineSuiteChecks(target);
