import { type Config, type Connection, connect, type DatabaseError } from '@tidbcloud/serverless';
import { expect } from 'vitest';
import type { Local } from '../src/index.ts';

/** The npm driver as its users have it, but for its `fetch`. */
export function driver(local: Pick<Local, 'configs'>, changes: Config = {}): Connection<Config> {
  const { host, user, password, database, fetch } = local.configs['tidb-serverless'];
  return connect({ host, username: user, password, database, fetch, ...changes });
}

/** What a request to `/v1beta/sql` may differ in from a simple one. */
export interface Post {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request of its own, for what the driver hides. */
export async function post(local: Pick<Local, 'configs'>, query: string, { body, headers }: Post = {}) {
  const { host, user, password, database, fetch } = local.configs['tidb-serverless'];
  const response = await fetch(`https://http-${host}/v1beta/sql`, {
    method: 'POST',
    headers: { Authorization: basic(user, password), 'TiDB-Database': database, ...headers },
    body: body ?? JSON.stringify({ query }),
  });
  return {
    status: response.status,
    headers: response.headers,
    session: response.headers.get('tidb-session') ?? undefined,
    body: (await response.json()) as ReplyBody,
  };
}

/** Of a result, or of an error. */
interface ReplyBody {
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly code?: number | string;
  readonly message?: string;
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;

/** The error that the driver throws. */
export async function failure(promise: Promise<unknown>): Promise<DatabaseError> {
  const outcome = await promise.then(
    () => undefined,
    (error: DatabaseError) => error,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome!;
}
