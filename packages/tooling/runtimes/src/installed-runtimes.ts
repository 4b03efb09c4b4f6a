import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NPM_INSTALL, runCommand } from './run-command.ts';

/** The `node_modules` of the runtimes: installed once for each set of versions, in the user's cache directory. */
export async function installRuntimes(
  dependencies: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sqlport');
  const manifest = JSON.stringify({ private: true, dependencies });
  const key = createHash('sha256').update(manifest).update(process.platform).update(process.arch).digest('hex');
  const installed = join(cache, `runtimes-${key.slice(0, 12)}`);
  if (!existsSync(installed)) {
    console.log('Installing the runtimes, once for this user …');
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, 'installing-'));
    try {
      await writeFile(join(folder, 'package.json'), manifest);
      await runCommand(NPM_INSTALL, folder, signal);
      await rename(folder, installed).catch((error: Error) => {
        // Another process was faster.
        if (!existsSync(installed)) throw error;
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return join(installed, 'node_modules');
}
