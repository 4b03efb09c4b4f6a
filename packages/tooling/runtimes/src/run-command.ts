import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from './child.ts';

/**
 * By NODE_PATH an installed program would find the packages of the workspace. pnpm sets it for all that it starts, and so
 * does the `node` that it keeps in the workspace: this process's own stands before it.
 */
const OUTSIDE = { NODE_PATH: '', PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };

/** Runs a command of npm's or pnpm's to its end; `env` is added to ours. Rejects with what it wrote where it fails. */
export async function runCommand(
  [command, ...args]: Command,
  directory: string,
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: directory,
    env: { ...process.env, ...OUTSIDE, ...env },
    signal,
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  }).catch(({ stdout = '', stderr = '', message }: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${message}\n${stdout}${stderr}`);
  });
  return stdout;
}

/** Without scripts: no package here needs its own. What is installed is thrown away or pinned, so no lock file either. */
export const NPM_INSTALL: Command = [
  'npm',
  'install',
  '--ignore-scripts',
  '--no-package-lock',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];
