import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

/** What every modern runtime has; nothing of Node's own. */
function webGlobals() {
  return {
    ...{ URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, Request, Response },
    ...{ btoa, atob, crypto, performance, queueMicrotask, setTimeout, clearTimeout },
  };
}

const PROGRAM = `
  import { connect, sql } from '@sqlport/core';
  import { tidbServerless } from '@sqlport/tidb-serverless';
  import { dataService } from '@sqlport/tidb-serverless/data-service';

  globalThis.run = async (config, app) => {
    const db = connect(tidbServerless(config));
    await db.query('create table runtime (id int primary key, v varbinary(9), at timestamp null)');
    const at = new Date('2024-01-02T03:04:05Z');
    await db.transaction((tx) => tx.query(sql\`insert into runtime values (\${1}, \${Uint8Array.of(0, 255)}, \${at})\`));
    const row = await db.one(sql\`select id, hex(v) as v, at from runtime where at = \${at}\`);
    const { rows } = await dataService(app).call('/one');
    await db.close();
    return JSON.stringify([row, rows]);
  };
`;

it('all of it works where there is nothing but what the web has', async () => {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    format: 'iife',
    // With it an import of a Node built-in does not resolve.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    write: false,
  });
  const { dataService } = fixture.endpoint;
  dataService.register({ method: 'GET', path: '/one', database: fixture.database.name, sql: 'select 1 as one' });
  const context = createContext(webGlobals());
  runInContext(outputFiles[0]!.text, context);
  const { fetch } = fixture.config;
  const app = { region: 'us-east-1', app: dataService.appId, ...dataService.key, auth: 'digest', fetch };
  const answer = (context as { run: (...given: unknown[]) => Promise<string> }).run(fixture.config, app);
  expect(JSON.parse(await answer)).toEqual([{ id: 1, v: '00FF', at: '2024-01-02T03:04:05.000Z' }, [{ one: '1' }]]);
});
