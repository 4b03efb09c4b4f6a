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
    ensureUser: (user, password) => ensureUser(url, user, password),
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
async function ensureUser(url: string, user: string, password: string): Promise<void> {
  await withConnection(url, async (connection) => {
    await connection.query(`create user if not exists ${account(user)} identified by ${mysql.escape(password)}`);
    await connection.query(`grant all on \`sqlport\\_%\`.* to ${account(user)}`);
  });
  const asUser = new URL(url);
  asUser.username = encodeURIComponent(user);
  asUser.password = encodeURIComponent(password);
  asUser.pathname = '';
  // This also fills the server's password cache, so that the gateway's own logins are quick.
  await withConnection(asUser.href, async () => {}).catch((cause: { errno?: number }) => {
    if (cause.errno !== 1045) throw cause;
    throw new Error(`The MySQL server already has a user "${user}" of its own. Drop it, or give another server.`);
  });
}

const account = (user: string): string => `${mysql.escape(user)}@'%'`;

/** In GRANT, `_` and `%` are wildcards even inside backticks. */
const grantPattern = (database: string): string => `${identifier(database.replace(/[_%\\]/g, '\\$&'))}.*`;

const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

async function withConnection<T>(url: string, body: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const { hostname, port, username, password } = new URL(url);
  const connection = await mysql.createConnection({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectTimeout: 10_000,
  });
  connection.on('error', () => {});
  try {
    return await body(connection);
  } finally {
    await connection.end();
  }
}
