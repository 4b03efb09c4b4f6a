import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NPM_INSTALL, runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../../../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What a folder of this repository holds beyond its sources. */
const MADE = ['node_modules', 'dist'];

interface PackOptions {
  readonly directory: string;
  readonly built: boolean;
  readonly signal: AbortSignal;
}

/** Packages of this repository as they are published. */
export class PackedPackages {
  readonly #manifests = new Map<string, Manifest>();
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    for (const file of globSync('packages/{core,*/*}/package.json', { cwd: ROOT })) {
      const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
      this.#manifests.set(manifest.name, manifest);
    }
  }

  /** Builds the packages and all they need of ours, unless they are `built`, and packs them into `directory`. */
  static async pack(names: readonly string[], { directory, built, signal }: PackOptions): Promise<PackedPackages> {
    const packages = new PackedPackages(directory);
    const filters = names.flatMap((name) => packages.#closure(name)).map((name) => `--filter=${name}`);
    if (!built) await runCommand(['pnpm', '--workspace-concurrency=2', ...filters, 'run', 'build'], ROOT, signal);
    await runCommand(['pnpm', ...filters, 'pack', '--pack-destination', directory], ROOT, signal);
    return packages;
  }

  /** Installs packages by npm into an empty folder, with what they need from the registry; nothing else is in it. */
  async install(names: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
    const dependencies = this.#tarballs(names);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
    await runCommand(NPM_INSTALL, folder, signal);
  }

  /** Copies a program of this repository and installs it, as its `package.json` says, but for our own packages. */
  async installProgram(source: string, folder: string, signal: AbortSignal): Promise<void> {
    await cp(join(ROOT, source), folder, { recursive: true, filter: (path) => !MADE.includes(basename(path)) });
    const file = join(folder, 'package.json');
    const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'));
    const wanted = { ...manifest.devDependencies, ...manifest.dependencies };
    const ours = Object.keys(wanted).filter((name) => this.#manifests.has(name));
    const dependencies = { ...wanted, ...this.#tarballs(ours) };
    await writeFile(file, JSON.stringify({ ...manifest, dependencies, devDependencies: {} }));
    await runCommand(NPM_INSTALL, folder, signal);
  }

  #tarballs(names: readonly string[]): Record<string, string> {
    const needed = names.flatMap((name) => this.#closure(name));
    return Object.fromEntries(needed.map((name) => [name, `file:${this.#tarball(name)}`]));
  }

  #tarball(name: string): string {
    const { version } = this.#manifests.get(name)!;
    return join(this.#directory, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  }

  /** A package and all of ours that it needs. */
  #closure(name: string): readonly string[] {
    const needs = Object.keys(this.#manifests.get(name)?.dependencies ?? {});
    const ours = needs.filter((need) => this.#manifests.has(need));
    return [...new Set([name, ...ours.flatMap((need) => this.#closure(need))])];
  }
}
