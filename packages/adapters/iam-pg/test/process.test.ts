import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

const ADAPTER = new URL('../src/index.ts', import.meta.url).href;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

/** Runs a module in a process of its own; rejects when it fails, or does not end by itself. */
const node = async (source: string) => {
  const config = JSON.stringify(fixture.config);
  const program = `import { createRequire } from 'node:module'; import { iamPg } from ${JSON.stringify(ADAPTER)};
    const loaded = (name) => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes(name));
    const config = ${config}; const values = { int64: 'number', instants: 'date', json: 'parsed' };
    const signal = new AbortController().signal; ${source}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 10_000,
  });
  return stdout.trim();
};

it('importing and configuring the adapter loads neither pg nor the AWS SDK', async () => {
  const out = await node(`iamPg(config); console.log(loaded('/pg/'), loaded('/@aws-sdk/'));
    await (await iamPg(config).open({ signal, values })).execute({ text: 'SELECT 1', params: [] }, {});
    console.log(loaded('/pg/'), loaded('/@aws-sdk/'))`);
  expect(out).toBe('false false\ntrue true');
});

it('a process ends by itself with idle connections open', async () => {
  const out = await node(`const db = await iamPg(config).open({ signal, values });
    await Promise.all([1, 2, 3].map(() => db.execute({ text: 'SELECT pg_sleep(0.05)', params: [] }, {})));
    const started = performance.now();
    process.on('exit', () => console.log(performance.now() - started < 1000 ? 'at once' : 'late'))`);
  expect(out).toBe('at once');
});

it('a process does not end while a statement runs', async () => {
  const out = await node(`const db = await iamPg(config).open({ signal, values });
    await db.execute({ text: 'SELECT 1', params: [] }, {});
    db.execute({ text: 'SELECT pg_sleep(0.2)', params: [] }, {}).then(() => console.log('done'))`);
  expect(out).toBe('done');
});
