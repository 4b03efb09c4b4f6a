import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Local, type LocalDatabase, type StrategyName, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { EXAMPLES } from '../src/examples.ts';
import { ORIGINS } from '../src/origins.ts';
import { runProgram } from '../src/program.ts';

const FOLDER = join(EXAMPLES, 'swap-by-config');
const STRATEGIES: readonly StrategyName[] = [
  'iam-pg',
  'data-api-postgres',
  'iam-mysql2',
  'data-api-mysql',
  'tidb-serverless',
];

let local: Local;

beforeAll(async () => {
  local = await startLocal(inject('sqlportLocal'));
});

afterAll(() => local.close());

/** What `sqlport local --write-env` writes, for one database and strategy. */
function environmentOf(database: LocalDatabase, strategy: StrategyName): Readonly<Record<string, string>> {
  const { host, user } = database.configs['tidb-serverless'];
  const { port } = local.endpoints['tidb-serverless'];
  return {
    PATH: process.env['PATH']!,
    DATABASE_URL: database.urls[strategy],
    AWS_REGION: local.region,
    AWS_ACCESS_KEY_ID: local.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: local.credentials.secretAccessKey,
    SQLPORT_CA: local.ca,
    SQLPORT_TIDB_ENDPOINT: `http://${user.split('.')[0]}@127.0.0.1:${port}`,
    [ORIGINS]: JSON.stringify({ [`https://http-${host}`]: `http://127.0.0.1:${port}` }),
  };
}

/** The service, as `npm start` starts it. */
async function start(env: Readonly<Record<string, string>>): Promise<{ url: string; process: ChildProcess }> {
  const { scripts } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
  const args = [
    '--import',
    new URL('../src/lead-fetch.ts', import.meta.url).href,
    ...scripts.start.split(' ').slice(1),
  ];
  const child = spawn(process.execPath, args, {
    cwd: FOLDER,
    env: { ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: /http:\/\/localhost:\d+/.exec(line.toString())![0], process: child };
}

/** What a client of the service sees, call by call: statuses, and bodies without ids. */
async function session(url: string): Promise<readonly unknown[]> {
  const ids = new Map<string, string>();
  const seen: unknown[] = [];
  const call = async (path: string, body?: { readonly name?: string; readonly [field: string]: unknown }) => {
    const response = await fetch(url + path, body && { method: 'POST', body: JSON.stringify(body) });
    const isJson = response.headers.get('content-type')?.includes('json');
    const withoutIds = (key: string, value: string) => {
      if (key !== 'id') return value;
      if (body?.name !== undefined) ids.set(body.name, value);
      return undefined;
    };
    seen.push([response.status, ...(isJson ? [JSON.parse(await response.text(), withoutIds)] : [])]);
  };
  await call('/users', { name: 'Zoë', balance: 100 });
  await call('/users', { name: "O'Neill", balance: 50 });
  await call('/users', { name: 'Zoë', balance: 1 });
  const [from, to] = [ids.get('Zoë'), ids.get("O'Neill")];
  await call('/transfers', { from, to, amount: 30 });
  await call('/transfers', { from, to, amount: 1000 });
  await call('/transfers', { from, to: 'nobody', amount: 1 });
  await call('/users');
  await call(`/users/${from}`);
  await call('/users/nobody');
  return seen;
}

test.each(STRATEGIES)('the service is the same over %s', async (strategy) => {
  await using database = await local.createDatabase();
  const env = environmentOf(database, strategy);
  const sqlport = join(FOLDER, 'node_modules/.bin/sqlport');
  const input = readFileSync(join(FOLDER, 'schema.sql'), 'utf8');
  await runProgram(sqlport, ['query', 'env:DATABASE_URL', '-'], { env, input });

  const service = await start(env);
  const ended = once(service.process, 'exit');
  try {
    expect(await session(service.url)).toEqual([
      [201, { name: 'Zoë', balance: 100 }],
      [201, { name: "O'Neill", balance: 50 }],
      [409, { error: 'unique' }],
      [204],
      [409, { error: 'check' }],
      [404],
      [
        200,
        [
          { name: "O'Neill", balance: 80 },
          { name: 'Zoë', balance: 70 },
        ],
      ],
      [200, { name: 'Zoë', balance: 70 }],
      [404],
    ]);
    service.process.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    service.process.kill('SIGKILL');
    await ended;
  }
});
