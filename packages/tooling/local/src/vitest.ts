/**
 * A global set-up for vitest: the engines are started once for the whole run, however many projects name this module,
 * and end with it.
 *
 * ```ts
 * // vitest.config.ts
 * export default defineConfig({ test: { globalSetup: '@sqlport/local/vitest' } });
 * // a test file
 * import type {} from '@sqlport/local/vitest'; // the type of what is injected
 * // gateways of its own over the shared engines, in a few milliseconds
 * const local = await startLocal(inject('sqlportLocal'));
 * // the same over a server with hostile defaults, which the first to ask starts
 * const hostile = await startLocal({ postgres: await hostileServer(inject('sqlportHostile'), 'postgres'), mysql: false });
 * ```
 */
import type { TestProject } from 'vitest/node';
import { type HostileServers, serveHostileServers } from './hostile-servers.ts';
import type { Local } from './local.ts';
import { startLocal } from './start-local.ts';

export { hostileServer } from './hostile-servers.ts';

/** What test files get by `inject('sqlportLocal')`: options for `startLocal`. */
export interface SharedEngines {
  /** False when it could not be had; a warning said why. */
  readonly postgres: { readonly url: string } | false;
  readonly mysql: { readonly url: string } | false;
}

declare module 'vitest' {
  interface ProvidedContext {
    sqlportLocal: SharedEngines;
    /** For `hostileServer`. */
    sqlportHostile: string;
  }
}

interface Shared {
  readonly local: Promise<Local>;
  readonly hostile: Promise<HostileServers>;
  users: number;
}

// Each project loads this module for itself, so what they share cannot live in it.
const place = Symbol.for('sqlport.local.vitest');
const shared = globalThis as { [place]?: Shared };

/** Called by vitest before the tests of each project that names this module. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[place] ??= {
    local: startLocal({ log: console.info }),
    hostile: serveHostileServers(console.info),
    users: 0,
  };
  const mine = shared[place];
  mine.users++;
  const { postgres, mysql } = await mine.local;
  project.provide('sqlportLocal', {
    postgres: postgres ? { url: postgres.url } : false,
    mysql: mysql ? { url: mysql.url } : false,
  });
  project.provide('sqlportHostile', (await mine.hostile).url);
  return async () => {
    if (--mine.users > 0) return;
    delete shared[place];
    await Promise.all([(await mine.local).close(), (await mine.hostile).close()]);
  };
}
