import './.ci/strays.mjs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Vitest keeps a token of its own in the user's data directory; a test run writes to the clone only.
process.env['XDG_DATA_HOME'] = join(import.meta.dirname, 'node_modules/.cache');

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
