import { connect, isConnectorError, sql } from '@sqlport/core';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';

interface User {
  readonly id: number;
  readonly name: string;
}

const { DBEndPoint, DBReaderEndPoint, DatabaseName, DBUserName } = process.env;
// Each endpoint gets connections and tokens of its own, with the first statement that goes there.
const adapter = iamMysql2({
  host: DBEndPoint!,
  readers: [{ host: DBReaderEndPoint! }],
  database: DatabaseName!,
  user: DBUserName!,
});
const db = connect(adapter);

/** GET: all users and how many there are, by a standby. POST with `{ "name": "…" }`: one more, by the writer. */
export const handler: APIGatewayProxyHandlerV2 = async ({ requestContext, body }) => {
  if (requestContext.http.method === 'POST') return { statusCode: await add(JSON.parse(body ?? '{}').name) };
  // Read-only, so that both statements see one state, and on one standby.
  const found = await db.transaction(
    async (tx) => {
      const { count } = await tx.one<{ count: number }>(sql`select count(*) as count from users`);
      const { rows } = await tx.query<User>(sql`select id, name from users order by id`);
      return { count, users: rows };
    },
    { readOnly: true, route: 'reader' },
  );
  return { statusCode: 200, body: JSON.stringify(found) };
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
