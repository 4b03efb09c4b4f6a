import './.ci/strays.mjs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Vitest keeps a token of its own in the user's data directory; a test run writes to the clone only.
process.env['XDG_DATA_HOME'] = join(import.meta.dirname, 'node_modules/.cache');

// Vitest leaves a core to itself: on two it would run one file at a time, and wait for the servers with it.
process.env['VITEST_MAX_WORKERS'] ??= String(Math.max(2, availableParallelism() - 1));

/** Every package brings its own `vitest.config.ts`; this file only gathers them. */
export default defineConfig({
  test: {
    projects: [
      'packages/core',
      'packages/foundation/*',
      'packages/adapters/*',
      'packages/tooling/*',
      'examples/*/vitest.config.ts',
    ],
  },
});
