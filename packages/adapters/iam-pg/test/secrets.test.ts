import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iamPg } from '../src/index.ts';
import { Fixture, failure, run } from './fixture.ts';

const CANARY = 'canary@/+:5ecret';

let fixture: Fixture;
let db: Awaited<ReturnType<Fixture['open']>>;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open();
  await run(db, 'CREATE TABLE secrets (name text PRIMARY KEY CHECK (length(name) < 50), age int)');
  await run(db, 'INSERT INTO secrets VALUES ($1, 1)', [CANARY]);
});
afterAll(() => fixture.stop());

/** Everything of an error that a logger might print. */
const printed = (error: Error) =>
  [inspect(error, { depth: 10, getters: true }), JSON.stringify(error), String(error), error.stack].join('\n');

it.each([
  ['a unique violation', 'INSERT INTO secrets VALUES ($1, 1)', [CANARY]],
  ['a check violation', 'INSERT INTO secrets VALUES ($1, 1)', [CANARY.repeat(9)]],
  ['a value of the wrong type', 'SELECT $1::int', [CANARY]],
  ['a literal of the wrong type', `SELECT '${CANARY}'::int`, []],
  ['an unknown name', `SELECT "${CANARY}"`, []],
  ['an error raised by a function', `DO $$ BEGIN RAISE EXCEPTION '${CANARY}'; END $$`, []],
] as const)('%s shows nothing of the data', async (_, text, params) => {
  const error = await failure(run(db, text, [...params]));
  expect(printed(error)).not.toContain('canary');
  expect(error.serverMessage).toBeTypeOf('string');
});

it('a refused token is shown nowhere', async () => {
  const error = await failure(run(await fixture.open({ user: 'nobody' }), 'SELECT 1'));
  expect(error.code).toBe('AUTH');
  expect(printed(error)).not.toContain('X-Amz');
});

it('a refused password is shown nowhere', async () => {
  const plain = await fixture.open({ auth: { password: CANARY } });
  const error = await failure(run(plain, 'SELECT 1'));
  expect(error.code).toBe('AUTH');
  expect(printed(error)).not.toContain('canary');
});

it('a configured adapter shows no password', () => {
  const adapter = iamPg({ host: 'h', user: 'u', database: 'd', auth: { password: CANARY } });
  expect(inspect(adapter, { depth: 10 }) + JSON.stringify(adapter)).not.toContain('canary');
});

it('an open driver shows no token', async () => {
  await run(db, 'SELECT 1');
  expect(inspect(db, { depth: 10, showHidden: true })).not.toContain('X-Amz');
});
