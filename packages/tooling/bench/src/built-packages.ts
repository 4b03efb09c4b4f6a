import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDERS = ['core', 'foundation/dialect', 'foundation/aws-auth', 'adapters/iam-pg', 'adapters/iam-mysql2'];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly exports: object };
}

/** Our packages as users get them: built, in a `node_modules` of their own. */
export interface BuiltPackages extends AsyncDisposable {
  /** The URL to import a package by. */
  urlOf(name: string): string;
}

/** Builds our packages by their own `tsup.config.ts`, without declarations. */
export async function buildPackages(): Promise<BuiltPackages> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlport-bench-'));
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    await Promise.all(FOLDERS.map((folder) => buildPackage(join(PACKAGES, folder), join(directory, 'node_modules'))));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    urlOf: (name) => pathToFileURL(join(directory, 'node_modules', name, 'dist/index.js')).href,
    [Symbol.asyncDispose]: dispose,
  };
}

async function buildPackage(source: string, modules: string): Promise<void> {
  const {
    name,
    dependencies = {},
    publishConfig,
  } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest;
  const target = join(modules, name);
  await tsup(['--silent', '--no-dts', '--out-dir', join(target, 'dist')], source);
  const manifest = { name, type: 'module', sideEffects: false, exports: publishConfig.exports };
  await writeFile(join(target, 'package.json'), JSON.stringify(manifest));
  for (const dependency of Object.keys(dependencies)) {
    if (dependency.startsWith('@sqlport/')) continue;
    const link = join(target, 'node_modules', dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(source, 'node_modules', dependency)), link);
  }
}

/** tsup's command line: its API would look for the configuration in this process's directory. */
const TSUP = join(dirname(fileURLToPath(import.meta.resolve('tsup'))), 'cli-default.js');

async function tsup(args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(process.execPath, [TSUP, ...args], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${cwd} could not be built.`);
}
