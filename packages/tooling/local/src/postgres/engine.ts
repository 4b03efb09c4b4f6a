import pg from 'pg';
import type { Engine } from '../engine.ts';

/** An advisory lock key of our own. */
const setUpLock = 7_379_707_828;

/** Describes a running PostgreSQL server, reached by a superuser's URL. */
export async function openPostgres(url: string): Promise<Engine> {
  const { hostname, port } = new URL(url);
  const version = await withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]!.server_version.split(' ')[0]!;
  });
  return {
    kind: 'PostgreSQL',
    version,
    url,
    address: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 5432) },
    canLogIn: (user, password, database) => canLogIn(url, user, password, database),
    ensureUser: (user, password) => withClient(url, (client) => ensureUser(client, url, user, password)),
    ensureDatabase: (database, owner) => withClient(url, (client) => ensureDatabase(client, database, owner)),
    dropDatabase: (database) =>
      withClient(url, async (client) => {
        await client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
      }),
  };
}

async function ensureUser(client: pg.Client, url: string, user: string, password: string): Promise<void> {
  await lockSetUp(client);
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [user]);
  if (rowCount && !(await canLogIn(url, user, password, 'postgres'))) {
    throw new Error(`The PostgreSQL server already has a user "${user}" of its own. Drop it, or give another server.`);
  }
  if (rowCount) return;
  const secret = pg.escapeLiteral(password);
  await client.query(`create role ${pg.escapeIdentifier(user)} login createdb password ${secret}`);
}

/** SQLSTATEs: wrong password, or a user or a database that is not there. */
const noLogin = new Set(['28P01', '28000', '3D000']);

async function canLogIn(url: string, user: string, password: string, database: string): Promise<boolean> {
  const asUser = new URL(url);
  asUser.username = encodeURIComponent(user);
  asUser.password = encodeURIComponent(password);
  asUser.pathname = `/${encodeURIComponent(database)}`;
  return withClient(asUser.href, async () => true).catch((error: { code?: string }) => {
    if (noLogin.has(error.code ?? '')) return false;
    throw error;
  });
}

async function ensureDatabase(client: pg.Client, database: string, owner: string): Promise<void> {
  await lockSetUp(client);
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  if (rowCount) return;
  await client.query(`create database ${pg.escapeIdentifier(database)} owner ${pg.escapeIdentifier(owner)}`);
}

/** Lets one at a time set something up, until its session ends. */
async function lockSetUp(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [setUpLock]);
}

async function withClient<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}
