// Everything `npm test` and `npm run demo` need, from a fresh clone with Node 20 and npm only: installs the workspace
// with the pinned pnpm, once per state of the lock file. The databases are the business of @sqlport/local.
// `node .ci/setup.mjs --update` brings the lock file up to date after a change of dependencies.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'));
const update = process.argv.includes('--update');
const stamp = 'node_modules/.sqlport-setup';

if (update || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== state()) {
  install();
  writeFileSync(stamp, state());
}

function state() {
  return createHash('sha256').update(packageManager).update(readFileSync('pnpm-lock.yaml')).digest('hex');
}

function install() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const lock = update ? '--no-frozen-lockfile' : '--frozen-lockfile';
  // pnpm's own place for its store is outside of the cache directory.
  const store = ['--store-dir', join(cache, 'pnpm-store')];
  const result = spawnSync('npx', ['--yes', packageManager, 'install', lock, ...store], {
    stdio: 'inherit',
    // CI=true: pnpm replaces an outdated node_modules without asking.
    env: { ...process.env, CI: 'true' },
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  console.error('Set-up failed: the workspace could not be installed. The lines above say why.');
  process.exit(1);
}
