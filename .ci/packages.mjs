// Packs every publishable package as npm would and lets publint and arethetypeswrong judge the tarball.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'sqlport-pack-'));
let failed = false;
try {
  for (const manifest of globSync('packages/{core,*/*}/package.json')) {
    const { name, private: isPrivate } = JSON.parse(readFileSync(manifest, 'utf8'));
    if (isPrivate) continue;
    const tarball = join(directory, `${name.replace(/[@/]/g, '-')}.tgz`);
    check(name, 'pnpm', ['--dir', dirname(manifest), 'pack', '--out', tarball]);
    check(name, 'publint', [tarball, '--strict']);
    check(name, 'attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-summary']);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

function check(name, command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status === 0) return;
  failed = true;
  console.error(`${name}: ${command} failed\n${result.stdout}${result.stderr}`);
}
