import type { Socket } from 'node:net';
import { type Queryable, sql } from '@sqlport/core';
import { type Engine, NoTls, readBytes, type ServerFacts } from './engine.ts';

/** "SSLRequest" in PostgreSQL's "Message Formats": its length, and a code in place of a protocol version. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export const postgres: Engine = {
  dialect: 'postgres',
  timeZoneParameter: 'timezone',

  async startTls(socket: Socket): Promise<void> {
    socket.write(SSL_REQUEST);
    const [answer] = await readBytes(socket, 1);
    if (answer === 'N'.charCodeAt(0)) throw new NoTls();
    // What follows the S in the clear is no answer of PostgreSQL's.
    if (answer !== 'S'.charCodeAt(0) || socket.readableLength > 0)
      throw new Error('The server does not speak the protocol of PostgreSQL.');
  },

  async ask(db: Queryable): Promise<ServerFacts> {
    const row = await db.one<Record<string, unknown>>(sql`
      select current_setting('server_version') as version,
             to_regproc('aurora_version') is not null as aurora,
             current_setting('TimeZone') as time_zone,
             extract(timezone from now()) = 0 as utc,
             current_setting('transaction_read_only') = 'on' as read_only,
             extract(epoch from clock_timestamp())::text as now,
             current_setting('max_connections') as max_connections`);
    return {
      version: `${row['aurora'] ? 'Aurora PostgreSQL' : 'PostgreSQL'} ${row['version']}`,
      timeZone: String(row['time_zone']),
      isUtc: row['utc'] === true,
      readOnly: row['read_only'] === true,
      now: Number(row['now']) * 1000,
      maxConnections: Number(row['max_connections']),
    };
  },

  createIamUser(user, database) {
    const name = quoted(user);
    return { login: [`CREATE USER ${name};`, `GRANT rds_iam TO ${name};`], rights: rights(name, database) };
  },

  createPasswordUser(user, database) {
    const name = quoted(user);
    return { login: [`CREATE USER ${name} PASSWORD '<password>';`], rights: rights(name, database) };
  },
};

function rights(name: string, database: string): readonly string[] {
  return [
    `GRANT CONNECT ON DATABASE ${quoted(database)} TO ${name};`,
    `GRANT USAGE ON SCHEMA public TO ${name};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name};`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name};`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${name};`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${name};`,
  ];
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
