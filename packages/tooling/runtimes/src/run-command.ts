import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Command } from './child.ts';

/** Runs a command of npm's or pnpm's to its end. Rejects with what it wrote where it fails. */
export async function runCommand([command, ...args]: Command, directory: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: directory,
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
