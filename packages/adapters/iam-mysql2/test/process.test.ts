import { defineProcessChecks, type ProcessTarget, runProgram } from '@sqlport/conformance/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const target: ProcessTarget = {
  module: new URL('../src/index.ts', import.meta.url),
  config: () => fixture.config,
  dialect: 'mysql',
  lazy: ['mysql2/', '@aws-sdk/'],
};

defineProcessChecks(target);

it('a process ends by itself after an abort, once the server was told', async () => {
  const out = await runProgram(
    target,
    `const db = await open();
    await run(db, 'SELECT SLEEP(30)', AbortSignal.timeout(100)).catch((error) => console.log(error.code));
    const started = performance.now();
    process.on('exit', () => console.log(performance.now() - started < 3000 ? 'soon' : 'late'))`,
  );
  expect(out).toBe('ABORTED\nsoon');
  expect(await fixture.running()).toEqual([]);
});

it('a process survives that the server ends its idle connections', async () => {
  const out = await runProgram(
    target,
    `const db = await open();
    const value = async (text) => (await run(db, text)).rows[0]?.[0];
    const id = await value('SELECT CONNECTION_ID()');
    await run(await open(), 'KILL ' + id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log(await value('SELECT 1'), (await value('SELECT CONNECTION_ID()')) !== id)`,
  );
  expect(out).toBe('1 true');
});
