import { createRequire } from 'node:module';
import type { DataApiConfig } from '@sqlport/local';

/** What is used of npm's `data-api-client`, which has no types of its own. */
interface DataApiClient {
  query(sql: string, parameters: Readonly<Record<string, unknown>>): Promise<{ readonly records: readonly unknown[] }>;
}

/** `data-api-client`, on the second version of the AWS SDK, which is the one it knows. */
export function openDataApiClient(config: DataApiConfig<'mysql' | 'postgres'>): DataApiClient {
  const { engine, resourceArn, secretArn, database, region, credentials, endpoint } = config;
  // That version warns of its age.
  process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1';
  const open = createRequire(import.meta.url)('data-api-client') as (options: object) => DataApiClient;
  const options = { region, endpoint, credentials };
  return open({ engine: engine === 'postgres' ? 'pg' : engine, resourceArn, secretArn, database, options });
}
