import { defineFailoverChecks } from '@sqlport/conformance/vitest';
import { startCluster } from '@sqlport/local';
import { iamPg } from '../src/index.ts';

defineFailoverChecks({
  start: () => startCluster('postgres'),
  adapter: ({ config }, change) => iamPg({ ...config, ...change }),
  whoAnswers: "select current_setting('port')",
  sleep: 'select pg_sleep(60)',
});
