import { defineConformance, defineSuiteChecks } from '@sqlport/conformance/vitest';
import { afterAll } from 'vitest';
import { targetOf } from './conformance-target.ts';
import { Fixture } from './fixture.ts';

const fixture = await Fixture.start('postgres');
afterAll(() => fixture.stop());

const NOT_RETURNED = 'The API returns no value of this type; the error names the column and the cast.';
const NO_NESTED_ARRAYS = 'The API returns no arrays of several dimensions.';
const SERVICE_FAILS = 'The API itself fails on a date that is infinite or too far away (InternalFailure).';
const LITERALS = 'Parameters are literals of unknown type here, which the server takes where it refuses a parameter.';

const target = targetOf(fixture, {
  'query/long-statement': 'The API takes statements of 65,536 characters.',
  'values-in/long-text': 'The API returns results of 1 MiB.',
  'values-out/postgres/large-text': 'The API returns results of 1 MiB.',
  'values-in/postgres/interval': NOT_RETURNED,
  'values-in/postgres/point': NOT_RETURNED,
  'values-out/postgres/internal-char': NOT_RETURNED,
  'values-out/postgres/interval': NOT_RETURNED,
  'values-out/postgres/interval-negative': NOT_RETURNED,
  'values-out/postgres/null-interval': NOT_RETURNED,
  'values-out/postgres/point': NOT_RETURNED,
  'values-out/postgres/array-box': NOT_RETURNED,
  'values-in/postgres/nested-array': NO_NESTED_ARRAYS,
  'values-out/postgres/array-nested': NO_NESTED_ARRAYS,
  'values-out/postgres/date-infinity': SERVICE_FAILS,
  'values-out/postgres/array-date': SERVICE_FAILS,
  'values-out/postgres/timestamp-infinity': SERVICE_FAILS,
  'values-out/postgres/timestamptz-infinity': SERVICE_FAILS,
  'values-out/postgres/timestamptz-too-far': SERVICE_FAILS,
  'errors/postgres/undetermined-type': LITERALS,
  'errors/postgres/ambiguous-type': LITERALS,
});

defineConformance(target, {
  reportTo: new URL('../../../../node_modules/.cache/sqlport-conformance/', import.meta.url),
});
defineSuiteChecks(target);
