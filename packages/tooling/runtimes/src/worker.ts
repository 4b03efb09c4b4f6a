import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ask } from './child.ts';
import type { Hosting, Reply } from './worker-host.ts';

/** Miniflare must know it; a later one than this changes nothing that is used. */
const COMPATIBILITY_DATE = '2026-07-01';

/** What to run as a Worker. */
export interface WorkerPlan extends Partial<Pick<Hosting, 'bindings' | 'ports' | 'compatibilityFlags'>> {
  /** A folder in which packages are installed. */
  readonly folder: string;
  /** The text of the module that is the Worker. */
  readonly source: string;
  readonly requests: Hosting['requests'];
}

/** Bundles a Worker as wrangler does, runs it in workerd and asks it. */
export async function runWorker(modules: string, plan: WorkerPlan, signal: AbortSignal): Promise<readonly Reply[]> {
  const { folder, source, bindings = {}, compatibilityFlags = [], ports, requests } = plan;
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['cloudflare:*'],
    plugins: [builtIns],
    logLevel: 'silent',
  });
  const hosting: Hosting = {
    miniflare: join(modules, 'miniflare'),
    script: outputFiles[0]!.text,
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags,
    bindings,
    ...(ports && { ports }),
    requests,
  };
  const host = join(import.meta.dirname, 'worker-host.ts');
  return (await ask([process.execPath, host], folder, hosting, signal)) as readonly Reply[];
}

/** Imports of Node's built-ins stay, under their full names; a `require` of one gets a module around such an import. */
const builtIns: Plugin = {
  name: 'built-ins',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(node:.*|${builtinModules.join('|')})$`);
    onResolve({ filter }, ({ path, kind }) => {
      const name = `node:${path.replace(/^node:/, '')}`;
      return kind === 'require-call' ? { path: name, namespace: 'required' } : { path: name, external: true };
    });
    onLoad({ filter, namespace: 'required' }, ({ path }) => ({
      contents: `import value from '${path}'; module.exports = value;`,
      loader: 'js',
    }));
  },
};
