import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iamPg } from '../src/index.ts';
import { Fixture, failure, run } from './fixture.ts';

const CANARY = 'canary@/+:5ecret';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

it('a refused password is shown nowhere', async () => {
  const error = await failure(run(await fixture.open({ auth: { password: CANARY } }), 'SELECT 1'));
  expect(error.code).toBe('AUTH');
  expect(inspect(error, { depth: 10, getters: true }) + JSON.stringify(error) + error.stack).not.toContain('canary');
});

it('a configured adapter shows no password', () => {
  const adapter = iamPg({ host: 'h', user: 'u', database: 'd', auth: { password: CANARY } });
  expect(inspect(adapter, { depth: 10 }) + JSON.stringify(adapter)).not.toContain('canary');
});
