// Installs Chromium from Debian's packages where that is possible, for the tests that open the documentation in a
// browser. Without one they are skipped, and say so.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const BROWSERS = [process.env.SQLPORT_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'];
const isRoot = process.getuid?.() === 0;

if (!BROWSERS.some((path) => path !== '' && existsSync(path)) && isRoot && existsSync('/usr/bin/apt-get')) {
  const install = () => apt('install', '--yes', '--no-install-recommends', 'chromium');
  if (!install() && !(apt('update') && install())) console.error('Chromium cannot be installed here.');
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}
