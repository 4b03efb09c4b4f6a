import { connect, sql } from '@sqlport/core';
import { dataApi } from '@sqlport/data-api';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';

interface User {
  readonly id: number;
  readonly name: string;
}

const adapter = dataApi({
  engine: 'mysql',
  resourceArn: process.env.CLUSTER_ARN!,
  secretArn: process.env.SECRET_ARN!,
  database: 'simple_db',
});
// Made once for each environment of the function; nothing is opened before the first query. A cluster that has paused
// itself is asked again until it is awake.
const db = connect(adapter, { retry: { budgetMs: 50_000 } });

/** All users, or with `?id=1` the one. */
export const handler: APIGatewayProxyHandlerV2 = async (event) => {
  const id = event.queryStringParameters?.id;
  if (id === undefined) {
    const { rows } = await db.query<User>(sql`select id, name from users order by id`);
    return { statusCode: 200, body: JSON.stringify(rows) };
  }
  const user = await db.first<User>(sql`select id, name from users where id = ${id}`);
  return user === undefined ? { statusCode: 404 } : { statusCode: 200, body: JSON.stringify(user) };
};
