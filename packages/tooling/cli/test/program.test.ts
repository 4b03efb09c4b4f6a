import { expect, test } from 'vitest';
import { runProgram } from './fixture.ts';

const env = { PATH: process.env['PATH'] };

test('help says what there is, with examples and exit codes', async () => {
  const { code, stdout } = await runProgram(['--help'], { env });
  expect(code).toBe(0);
  for (const command of ['doctor', 'policy', 'query', 'token', 'local']) expect(stdout).toContain(`\n  ${command} `);
  expect(stdout).toMatch(/Exit codes:\n {2}0 /);
  const { stdout: help } = await runProgram(['query', '--help'], { env });
  expect(help).toMatch(/Examples:\n {2}sqlport query /);
});

test('help loads no driver, no SDK and no adapter', async () => {
  const { stderr } = await runProgram(['--help'], { env: { ...env, NODE_DEBUG: 'esm' } });
  const loaded = [...stderr.matchAll(/Storing file:\S*\/(node_modules|packages)\/(\S+)/g)].map(([, , path]) => path);
  expect(loaded.join('\n')).toContain('commander');
  expect(loaded.filter((path) => /@aws-sdk|\bpg\/|mysql2|adapters|aws-auth|local\//.test(path!))).toEqual([]);
});

test.each([
  [['nonsense'], /unknown command 'nonsense'/],
  [['doctor'], /missing required argument 'url'/],
  [['doctor', 'x', '--pasword=hunter2'], /unknown option '--pasword'/],
  [['iam-pg://app:hunter2@host/shop'], /unknown command '<url>'/],
  [['query', 'postgres://app:hunter2@host/shop', 'select 1'], /must begin with the name of a strategy/],
  [['query', 'env:no/such', 'select 1'], /the name of an environment variable must follow/],
  [['query', 'iam-pg://app@h/d', 'select 1', '--timeout', 'soon'], /--timeout.*seconds/],
])('refuses %j without repeating what may be a secret', async (args, message) => {
  const { code, stdout, stderr } = await runProgram(args, { env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('hunter2');
});
