import mysql from 'mysql2/promise';
import type { Engine } from '../engine.ts';

/** Describes a running MySQL or MariaDB server, reached by a superuser's URL. */
export async function openMysql(url: string): Promise<Engine> {
  const { hostname, port } = new URL(url);
  const text = await withConnection(url, async (connection) => {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('select version() as version');
    return rows[0]!['version'] as string;
  });
  const mariadb = text.includes('MariaDB');
  return {
    kind: mariadb ? 'MariaDB' : 'MySQL',
    version: text.split('-')[0]!,
    url,
    address: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 3306) },
    canLogIn: (user, password, database) => canLogIn(url, user, password, database),
    ensureUser: (user, password) => withConnection(url, (connection) => ensureUser(connection, url, user, password)),
    ensureDatabase: (database, owner) =>
      withConnection(url, async (connection) => {
        await connection.query(`create database if not exists ${identifier(database)}`);
        await connection.query(`grant all on ${grantPattern(database)} to ${account(owner)}`);
      }),
    dropDatabase: (database) =>
      withConnection(url, async (connection) => {
        await connection.query(`drop database if exists ${identifier(database)}`);
      }),
  };
}

/** Users may also make databases of their own, if the name starts with `sqlport_`. */
async function ensureUser(connection: mysql.Connection, url: string, user: string, password: string): Promise<void> {
  // Held until the session ends: whoever finds the user there finds its grant as well.
  await connection.query("select get_lock('sqlport local set-up', 60)");
  const [found] = await connection.query<mysql.RowDataPacket[]>('select 1 from mysql.user where user = ?', [user]);
  if (found.length === 0) {
    await connection.query(`create user ${account(user)} identified by ${mysql.escape(password)}`);
    await connection.query(`grant all on \`sqlport\\_%\`.* to ${account(user)}`);
  }
  // This also fills the server's password cache, so that the gateway's own logins are quick.
  if (!(await canLogIn(url, user, password))) {
    throw new Error(`The MySQL server already has a user "${user}" of its own. Drop it, or give another server.`);
  }
}

/** Error numbers: wrong password or no such user; no right to the database; no such database. */
const noLogin = new Set([1045, 1044, 1049]);

async function canLogIn(url: string, user: string, password: string, database = ''): Promise<boolean> {
  const asUser = new URL(url);
  asUser.username = encodeURIComponent(user);
  asUser.password = encodeURIComponent(password);
  asUser.pathname = `/${encodeURIComponent(database)}`;
  return withConnection(asUser.href, async () => true).catch((error: { errno?: number }) => {
    if (noLogin.has(error.errno ?? 0)) return false;
    throw error;
  });
}

const account = (user: string): string => `${mysql.escape(user)}@'%'`;

/** In GRANT, `_` and `%` are wildcards even inside backticks. */
const grantPattern = (database: string): string => `${identifier(database.replace(/[_%\\]/g, '\\$&'))}.*`;

const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

async function withConnection<T>(url: string, body: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await mysql.createConnection({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    connectTimeout: 10_000,
  });
  connection.on('error', () => {});
  try {
    return await body(connection);
  } finally {
    await connection.end();
  }
}
