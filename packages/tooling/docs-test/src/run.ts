import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Example } from './example.ts';
import { type LocalServers, SERVERS } from './servers.ts';

const HOOKS = new URL('local-servers.ts', import.meta.url).href;

/**
 * Runs an example in a process of its own, as its reader would, but on local servers. Rejects with what it wrote where it
 * fails, or does not end by itself.
 */
export async function runExample(
  { text }: Example,
  servers: LocalServers = { configs: {}, origins: {} },
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  await promisify(execFile)(
    process.execPath,
    ['--import', HOOKS, '--input-type=module-typescript', '--eval', text],
    // Where it is run is where its imports are looked for.
    {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, ...environment, [SERVERS]: JSON.stringify(servers) },
      timeout: 25_000,
    },
  );
}
