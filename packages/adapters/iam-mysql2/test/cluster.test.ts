import { defineFailoverChecks } from '@sqlport/conformance/vitest';
import { startCluster } from '@sqlport/local';
import { iamMysql2 } from '../src/index.ts';

defineFailoverChecks({
  start: () => startCluster('mysql'),
  adapter: ({ config }, change) => iamMysql2({ ...config, ...change }),
  whoAnswers: 'select @@port',
  sleep: 'select sleep(60)',
});
