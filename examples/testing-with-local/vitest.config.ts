import { defineConfig } from 'vitest/config';

// PostgreSQL and MySQL are started once for the whole run, and stopped at its end.
export default defineConfig({
  test: { name: 'testing-with-local', globalSetup: '@sqlport/local/vitest', hookTimeout: 60_000 },
});
