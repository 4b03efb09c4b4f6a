import { ExecuteStatementCommand, RDSData } from '@aws-sdk/client-rds-data';
import { type Connection, connect } from '@sqlport/core';
import { dataApi } from '@sqlport/data-api';
import type { DataApiConfig } from '@sqlport/local';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/aws-data-api/pg';
import { Kysely, sql as kyselySql } from 'kysely';
import { DataApiDialect } from 'kysely-data-api';
import { openDataApiClient } from './data-api-client.ts';

/** The customer with an id, in each client's own way; resolves to the number of rows. */
type SelectCustomer = (id: number) => Promise<number>;

/** The same cluster by several clients. */
export interface DataApiContenders extends AsyncDisposable {
  readonly db: Connection;
  /** One call of the raw client, its parameters typed by hand. `named`: with the metadata that rows by name need. */
  readonly raw: SelectCustomer;
  readonly named: SelectCustomer;
  /** As `named`, with middleware that is kept from call to call (an option of the SDK, off by default), as ours is. */
  readonly cached: SelectCustomer;
  readonly dataApiClient: SelectCustomer;
  readonly kysely: SelectCustomer;
  /** Undefined on MySQL, for which drizzle has no driver over the Data API. */
  readonly drizzle: SelectCustomer | undefined;
  /** Inserts one event by one call of the raw client. */
  insertEvent(kind: string, amount: string, at: string): Promise<void>;
}

const SELECT_CUSTOMER = 'select id, name, email, created_at from customer where id = :id';

export function openDataApi(config: DataApiConfig<'mysql' | 'postgres'>): DataApiContenders {
  const { engine, resourceArn, secretArn, database, region, credentials, endpoint } = config;
  const target = { resourceArn, secretArn, database };
  const db = connect(dataApi(config));
  const client = new RDSData({ region, credentials, endpoint });
  const cachingClient = new RDSData({ region, credentials, endpoint, cacheMiddleware: true });
  const builder = new Kysely({ dialect: new DataApiDialect({ mode: engine, driver: { client, ...target } }) });
  const orm = engine === 'postgres' ? drizzle(client, target) : undefined;
  const byName = openDataApiClient(config);
  const select = async (id: number, includeResultMetadata: boolean, by = client) => {
    const parameters = [{ name: 'id', value: { longValue: id } }];
    const input = { ...target, sql: SELECT_CUSTOMER, parameters, includeResultMetadata };
    const reply = await by.send(new ExecuteStatementCommand(input));
    return reply.records!.length;
  };
  return {
    db,
    raw: (id) => select(id, false),
    named: (id) => select(id, true),
    cached: (id) => select(id, true, cachingClient),
    dataApiClient: async (id) => (await byName.query(SELECT_CUSTOMER, { id })).records.length,
    async kysely(id) {
      const query = kyselySql`select id, name, email, created_at from customer where id = ${id}`;
      return (await query.execute(builder)).rows.length;
    },
    drizzle:
      orm &&
      (async (id) =>
        (await orm.execute(drizzleSql`select id, name, email, created_at from customer where id = ${id}`)).rows.length),
    async insertEvent(kind, amount, at) {
      const parameters = [
        { name: 'kind', value: { stringValue: kind } },
        { name: 'amount', value: { stringValue: amount }, typeHint: 'DECIMAL' as const },
        { name: 'at', value: { stringValue: at }, typeHint: 'TIMESTAMP' as const },
      ];
      const sql = 'insert into event (kind, amount, at) values (:kind, :amount, :at)';
      await client.send(new ExecuteStatementCommand({ ...target, sql, parameters }));
    },
    async [Symbol.asyncDispose]() {
      await db.close();
      client.destroy();
      cachingClient.destroy();
    },
  };
}
