import { defineProject } from 'vitest/config';

export default defineProject({
  test: { name: 'data-api', globalSetup: '@sqlport/local/vitest', testTimeout: 20_000, hookTimeout: 60_000 },
});
