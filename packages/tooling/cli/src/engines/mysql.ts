import type { Socket } from 'node:net';
import { type Queryable, sql } from '@sqlport/core';
import { type Engine, NoTls, readBytes, type ServerFacts } from './engine.ts';

// Source: MySQL source documentation, "Connection Phase Packets" and "Capabilities Flags".
const CLIENT = { protocol41: 1 << 9, ssl: 1 << 11, secureConnection: 1 << 15, pluginAuth: 1 << 19 } as const;
const ERROR_PACKET = 0xff;
const LONGEST_GREETING = 4_096;
const UTF8MB4 = 45;

/** What is asked of the server; TiDB and old versions do not have all of them. */
const VARIABLES = [
  'version',
  'version_comment',
  'aurora_version',
  'time_zone',
  'system_time_zone',
  'read_only',
  'innodb_read_only',
  'max_connections',
];

export const mysql: Engine = {
  dialect: 'mysql',
  timeZoneParameter: 'time_zone',

  async startTls(socket: Socket): Promise<void> {
    const head = await readBytes(socket, 4);
    const length = head.readUIntLE(0, 3);
    if (length < 16 || length > LONGEST_GREETING) throw new Error('The server does not speak the protocol of MySQL.');
    const greeting = await readBytes(socket, length);
    if (greeting[0] === ERROR_PACKET) throw new Error(`The server says: ${greeting.toString('utf8', 3)}`);
    const endOfVersion = greeting.indexOf(0, 1);
    const capabilities = greeting.readUInt16LE(endOfVersion + 1 + 4 + 8 + 1);
    if ((capabilities & CLIENT.ssl) === 0) throw new NoTls();
    const request = Buffer.alloc(4 + 32);
    request.writeUIntLE(32, 0, 3);
    request[3] = 1;
    request.writeUInt32LE(CLIENT.protocol41 | CLIENT.ssl | CLIENT.secureConnection | CLIENT.pluginAuth, 4);
    request.writeUInt32LE(0xff_ffff, 8);
    request[12] = UTF8MB4;
    socket.write(request);
  },

  async ask(db: Queryable): Promise<ServerFacts> {
    const { rows } = await db.values(sql`show global variables where ${sql.in('Variable_name', VARIABLES)}`);
    const variables = new Map(rows.map(([name, value]) => [String(name), String(value)]));
    const session = await db.one<{ zone: string; offset: string; now: unknown; version: string }>(sql`
      select @@session.time_zone as zone, timediff(now(), utc_timestamp()) as offset,
             cast(unix_timestamp() as char) as now, version() as version`);
    return {
      version: productOf(session.version, variables),
      timeZone: session.zone === 'SYSTEM' ? `SYSTEM (${variables.get('system_time_zone')})` : session.zone,
      isUtc: /^-?00:00:00/.test(session.offset),
      readOnly: [variables.get('read_only'), variables.get('innodb_read_only')].includes('ON'),
      now: Number(session.now) * 1000,
      maxConnections: Number(variables.get('max_connections')) || undefined,
    };
  },

  createIamUser(user, database) {
    const name = account(user);
    const login = `CREATE USER ${name} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;`;
    return { login: [login], rights: rights(name, database) };
  },

  createPasswordUser(user, database) {
    const name = account(user);
    const login = `CREATE USER ${name} IDENTIFIED BY '<password>' REQUIRE SSL;`;
    return { login: [login], rights: rights(name, database) };
  },
};

function productOf(version: string, variables: ReadonlyMap<string, string>): string {
  const aurora = variables.get('aurora_version');
  if (aurora !== undefined) return `Aurora MySQL ${aurora} (${version})`;
  if (/tidb/i.test(version)) return `TiDB ${version.replace(/^.*TiDB-/i, '')}`;
  return /mariadb/i.test(version) ? `MariaDB ${version}` : `MySQL ${version}`;
}

/** Underscores and percent signs are patterns in the name of a database that rights are granted on. */
function rights(name: string, database: string): readonly string[] {
  const pattern = database.replace(/[\\_%]/g, '\\$&').replaceAll('`', '``');
  return [`GRANT SELECT, INSERT, UPDATE, DELETE ON \`${pattern}\`.* TO ${name};`];
}

const account = (user: string): string => `\`${user.replaceAll('`', '``')}\`@'%'`;
