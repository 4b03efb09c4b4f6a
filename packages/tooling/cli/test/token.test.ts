import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

test('a token is a password for other tools', async () => {
  const { code, stdout } = await fixture.run(['token', fixture.url('iam-pg')]);
  expect(code).toBe(0);
  const { host, port, ca } = fixture.database.configs['iam-pg'];
  const client = new pg.Client({
    host,
    port,
    user: 'app',
    database: fixture.database.name,
    password: stdout.trimEnd(),
    ssl: { ca },
  });
  await client.connect();
  await client.end();
});

test('and in JSON what goes with it', async () => {
  const { stdout } = await fixture.run(['token', fixture.url('iam-mysql2'), '--json']);
  const { token, ...rest } = JSON.parse(stdout);
  const { host, port, user, database } = fixture.database.configs['iam-mysql2'];
  expect(rest).toEqual({ host, port, user, database });
  expect(token).toMatch(/^localhost:\d+\/\?Action=connect&DBUser=app&/);
});

test.each([
  ['tidb-serverless', (url: string) => url],
  ['data-api-mysql', (url: string) => url],
  ['iam-pg', (url: string) => url.replace('app@', 'app:hunter2@')],
] as const)('there is none for %s without IAM', async (strategy, change) => {
  const { code, stdout, stderr } = await fixture.run(['token', change(fixture.url(strategy))]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/no IAM tokens/);
  expect(stderr).not.toContain('hunter2');
});
