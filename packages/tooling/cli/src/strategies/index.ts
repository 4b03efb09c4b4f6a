import type { Strategy } from './target.ts';

/** Every strategy, by the scheme of its URLs. Only the one that is asked for is loaded. */
export const strategies: Readonly<Record<string, Strategy>> = {
  'data-api': async (url, trust) => (await import('./data-api.ts')).dataApi(url, trust),
  'iam-pg': async (url, trust) => (await import('./iam-pg.ts')).iamPg(url, trust),
  'iam-mysql2': async (url, trust) => (await import('./iam-mysql2.ts')).iamMysql2(url, trust),
  'tidb-serverless': async (url, trust) => (await import('./tidb-serverless.ts')).tidbServerless(url, trust),
};
