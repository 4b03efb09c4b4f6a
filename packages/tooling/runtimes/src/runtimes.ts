import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './child.ts';

/** A runtime that runs a program as a process. */
export interface ProcessRuntime {
  readonly name: 'Node' | 'Bun' | 'Deno';
  readonly version: string;
  /** What it says it is, at least. */
  readonly userAgent: string;
  /** Runs a TypeScript file. `modules`: where the runtimes are installed. */
  command(modules: string, file: string): Command;
}

/** The Workers' runtime, by way of Miniflare. */
const MINIFLARE = '4.20260730.0';

const node = (version: string): ProcessRuntime => {
  const [major] = version.split('.');
  return {
    name: 'Node',
    version,
    userAgent: `Node.js/${major}`,
    command: (modules, file) => [program(modules, `node-${major}/bin/node*`), file],
  };
};

export const PROCESS_RUNTIMES: readonly ProcessRuntime[] = [
  node('22.23.3'),
  node('24.21.0'),
  node('26.10.0'),
  {
    name: 'Bun',
    version: '1.4.5',
    userAgent: 'Bun/1.4.5',
    command: (modules, file) => [program(modules, '@oven/bun-*/bin/bun*'), file],
  },
  {
    name: 'Deno',
    version: '2.9.6',
    userAgent: 'Deno/2.9.6',
    command: (modules, file) => [program(modules, '@deno/*/deno*'), 'run', '--allow-all', file],
  },
];

/** The packages of all runtimes. */
export function runtimePackages(): Readonly<Record<string, string>> {
  const entries = PROCESS_RUNTIMES.map(({ name, version }) =>
    name === 'Node'
      ? // The platform's own package of those behind `node`, whose installer is a script.
        [`node-${version.split('.')[0]}`, `npm:node-${platform()}-${process.arch}@${version}`]
      : [name.toLowerCase(), version],
  );
  return { ...Object.fromEntries(entries), miniflare: MINIFLARE };
}

/** The version of workerd that Miniflare brought. */
export function workerdVersion(modules: string): string {
  return JSON.parse(readFileSync(join(modules, 'workerd/package.json'), 'utf8')).version;
}

const platform = (): string => (process.platform === 'win32' ? 'win' : process.platform);

/** npm installs the platform's own binaries only, so there is one. */
function program(modules: string, pattern: string): string {
  const [found] = globSync(pattern, { cwd: modules });
  if (found === undefined) throw new Error(`npm has no ${pattern} for this platform.`);
  return join(modules, found);
}
