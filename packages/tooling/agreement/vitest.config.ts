import { defineProject } from 'vitest/config';

export default defineProject({
  test: { name: 'agreement', globalSetup: '@sqlport/local/vitest', testTimeout: 30_000, hookTimeout: 60_000 },
});
