import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iamMysql2 } from '../src/index.ts';
import { Fixture, failure, type Opened, run, until } from './fixture.ts';

const CANARY = 'canary@/+:5ecret';

let fixture: Fixture;
let db: Opened;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = await fixture.open();
  await run(db, 'CREATE TABLE secrets (name VARCHAR(50) PRIMARY KEY, age INT, CHECK (age > 0))');
  await run(db, 'INSERT INTO secrets VALUES (?, 1)', [CANARY]);
  await run(db, 'CREATE PROCEDURE tells(what TEXT) SIGNAL SQLSTATE "45000" SET MESSAGE_TEXT = what');
});
afterAll(() => fixture.stop());

/** Everything of an error that a logger might print. */
const printed = (error: Error) =>
  [inspect(error, { depth: 10, getters: true }), JSON.stringify(error), String(error), error.stack].join('\n');

it.each([
  ['a unique violation', 'INSERT INTO secrets VALUES (?, 1)', [CANARY]],
  ['a check violation', 'INSERT INTO secrets VALUES (CONCAT("x", ?), 0)', [CANARY]],
  ['a value that is too long', 'INSERT INTO secrets VALUES (?, 1)', [CANARY.repeat(9)]],
  ['a value of the wrong type', 'INSERT INTO secrets VALUES ("y", ?)', [CANARY]],
  ['a literal of the wrong type', `INSERT INTO secrets VALUES ("z", '${CANARY}')`, []],
  ['an unknown name', `SELECT \`${CANARY}\``, []],
  ['a syntax error', `SELECT '${CANARY}' FROM FROM`, []],
  ['an error raised by a procedure', 'CALL tells(?)', [CANARY]],
] as const)('%s shows nothing of the data', async (_, text, params) => {
  const error = await failure(run(db, text, [...params]));
  expect(error.serverMessage).toBeTypeOf('string');
  expect(printed(error)).not.toContain('canary');
});

it('a lost connection shows nothing of the statement', async () => {
  const caller = failure(run(db, 'SELECT SLEEP(30), ?', [CANARY]));
  await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
  await fixture.killSessions();
  const error = await caller;
  expect(error.code).toBe('UNREACHABLE');
  expect(printed(error)).not.toContain('canary');
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
  const adapter = iamMysql2({ host: 'h', user: 'u', database: 'd', auth: { password: CANARY } });
  expect(inspect(adapter, { depth: 10 }) + JSON.stringify(adapter)).not.toContain('canary');
});

it('an open driver shows no token', async () => {
  await run(db, 'SELECT 1');
  expect(inspect(db, { depth: 10, showHidden: true }) + JSON.stringify(db)).not.toContain('X-Amz');
});
