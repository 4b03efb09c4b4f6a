import { type Config, type Connection, connect, type DatabaseError } from '@tidbcloud/serverless';
import { expect } from 'vitest';
import type { Local } from '../src/index.ts';

/** The npm driver as its users have it, but for its `fetch`. */
export function driver(local: Pick<Local, 'configs'>, changes: Config = {}): Connection<Config> {
  const { host, user, password, database, fetch } = local.configs['tidb-serverless'];
  return connect({
    host,
    username: user,
    password,
    database,
    fetch: fetch as NonNullable<Config['fetch']>,
    ...changes,
  });
}

/** The error that the driver throws. */
export async function failure(promise: Promise<unknown>): Promise<DatabaseError> {
  const outcome = await promise.then(
    () => undefined,
    (error: DatabaseError) => error,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome!;
}
