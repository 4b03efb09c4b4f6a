import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type Ended, Fixture, runProgram } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sqlport-local-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** `sqlport local` over the engines that all tests share; told to stop when `until` has seen what it waited for. */
async function local(
  args: readonly string[],
  whenReady: () => Promise<void> = async () => {},
  signal: NodeJS.Signals = 'SIGTERM',
) {
  const { postgres, mysql } = inject('sqlportLocal');
  let work: Promise<void> | undefined;
  const { NODE_COMPILE_CACHE, PATH } = fixture.env;
  const ended = await runProgram(['local', ...args], {
    cwd: directory,
    env: { PATH, NODE_COMPILE_CACHE, ...urlOf('POSTGRES', postgres), ...urlOf('MYSQL', mysql) },
    onOutput: (output, kill) => {
      if (work !== undefined || !/Ctrl-C stops everything|"ready":true/.test(output)) return;
      work = whenReady().finally(() => kill(signal));
    },
  });
  await work;
  return ended;
}

const urlOf = (name: string, engine: { readonly url: string } | false) =>
  engine ? { [`SQLPORT_${name}_URL`]: engine.url } : {};

const variables = async (file = '.env.local') => parseEnv(await readFile(join(directory, file), 'utf8'));

function query(variable: string, sql: string, ...more: string[]): Promise<Ended> {
  const { NODE_COMPILE_CACHE, PATH, HOME, AWS_EC2_METADATA_DISABLED } = fixture.env;
  const env = { NODE_COMPILE_CACHE, PATH, HOME, AWS_EC2_METADATA_DISABLED };
  return runProgram(['query', `env:${variable}`, sql, '--dotenv', '.env.local', ...more], { cwd: directory, env });
}

test('starts every strategy, writes a file with which every strategy works, logs statements, and leaves nothing', async () => {
  let ports: readonly number[] = [];
  const { code, stdout, stderr } = await local(['--write-env', '--log'], async () => {
    const { mode } = await stat(join(directory, '.env.local'));
    expect(mode & 0o777).toBe(0o600);
    const written = await variables();
    const names = Object.keys(written).filter((name) => name.endsWith('_URL'));
    expect(names).toHaveLength(6);
    ports = Object.values(written)
      .flatMap((url) => /(?:localhost|127\.0\.0\.1)(?::|%3A)(\d+)/.exec(url ?? '')?.[1] ?? [])
      .map(Number);
    const ran = await Promise.all(names.map((name) => query(name, "select 'the-secret' as a, 42 as b", '-f', 'csv')));
    expect(ran.map((each) => each.stdout)).toEqual(names.map(() => 'a,b\nthe-secret,42\n'));
  });
  expect(code).toBe(0);
  const { AWS_SECRET_ACCESS_KEY: secret = '' } = fixture.env;
  expect(stdout).not.toContain(secret);
  const logged = stdout.match(/^\d\d:\d\d:\d\d\.\d{3} \S+ select \? as a, \? as b$/gm) ?? [];
  expect(logged.map((line) => line.split(' ')[1]).sort()).toEqual(
    ['data-api-mysql', 'data-api-postgres', 'iam-mysql2', 'iam-pg', 'iam-pg', 'tidb-serverless'].sort(),
  );
  expect(stdout + stderr).not.toContain('the-secret');
  expect(stdout).toMatch(/tidb-serverless:\/\/[^:]+:…@/);
  await expect(stat(join(directory, '.env.local'))).rejects.toThrow();
  expect(ports.length).toBeGreaterThan(4);
  for (const port of ports) expect(await isOpen(port)).toBe(false);
});

test('answers in JSON, without a strategy that was not wanted', async () => {
  const { code, stdout } = await local(['--no-mysql', '--region', 'ap-northeast-1', '--json'], undefined, 'SIGINT');
  const { urls, region } = JSON.parse(stdout);
  expect(Object.keys(urls)).toEqual(['iam-pg', 'data-api-postgres']);
  expect(region).toBe('ap-northeast-1');
  expect(code).toBe(0);
});

test('does not write over a file of somebody else’s, nor through a link, nor where git would take it', async () => {
  await writeFile(join(directory, '.env.local'), 'MINE=1\n');
  const refused = await local(['--write-env']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/exists and is not ours/) });
  expect(await variables()).toEqual({ MINE: '1' });

  await symlink(join(directory, 'elsewhere'), join(directory, 'link'));
  const linked = await local(['--write-env', 'link']);
  expect(linked).toMatchObject({ code: 2, stderr: expect.stringMatching(/link or no plain file/) });
  await expect(stat(join(directory, 'elsewhere'))).rejects.toThrow();

  execFileSync('git', ['init', '--quiet', directory]);
  const tracked = await local(['--write-env', '.env.test']);
  expect(tracked).toMatchObject({ code: 2, stderr: expect.stringMatching(/add it to \.gitignore/) });
  await writeFile(join(directory, '.gitignore'), '.env*\n');
  const ignored = await local(['--write-env', '.env.test', '--no-mysql'], async () => {
    expect((await variables('.env.test'))['SQLPORT_CA']).toContain('BEGIN CERTIFICATE');
  });
  expect(ignored.code).toBe(0);
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
