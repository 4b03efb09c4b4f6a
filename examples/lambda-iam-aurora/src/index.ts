import { defineConnector, isConnectorError, sql } from '@sqlport/core';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';

interface User {
  readonly id: number;
  readonly name: string;
}

const open = defineConnector({
  'iam-pg': () => import('@sqlport/iam-pg'),
  'iam-mysql2': () => import('@sqlport/iam-mysql2'),
});

const { DBAdapter, DBEndPoint, DBPort, DatabaseName, DBUserName } = process.env;
// Made once for each environment of the function; it logs in with the first query, by a token that it signs itself.
const db = await open({
  // Or 'iam-mysql2', which takes the same fields.
  adapter: DBAdapter as 'iam-pg',
  host: DBEndPoint!,
  port: DBPort ? Number(DBPort) : undefined,
  database: DatabaseName!,
  user: DBUserName!,
});

/** GET: all users. POST with `{ "name": "…" }`: one more. */
export const handler: APIGatewayProxyHandlerV2 = async ({ requestContext, body }) => {
  if (requestContext.http.method === 'POST') return { statusCode: await add(JSON.parse(body ?? '{}').name) };
  const { rows } = await db.query<User>(sql`select id, name from users order by id`);
  return { statusCode: 200, body: JSON.stringify(rows) };
};

async function add(name: unknown): Promise<number> {
  if (typeof name !== 'string') return 400;
  try {
    await db.query(sql`insert into users (name) values (${name})`);
    return 201;
  } catch (error) {
    if (isConnectorError(error) && error.constraint?.kind === 'unique') return 409;
    throw error;
  }
}
