import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import type { StartOptions } from '../engine-source.ts';
import { startServer } from '../start-server.ts';
import { type Program, runToEnd, type Supervisor } from '../supervision.ts';
import { findPostgres, type PostgresBinaries } from './binaries.ts';
import { openPostgres } from './engine.ts';
import { hostileSettings } from './hostile.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; any other uid will do, and needs no entry in the user database. */
export const unprivileged: { readonly uid?: undefined; readonly gid?: undefined } | Owner =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Nothing here has to survive a crash, so nothing waits for the disk. */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_connections=1000',
  'max_prepared_transactions=0',
  'shared_buffers=64MB',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
  'log_timezone=UTC',
];

/** Starts a PostgreSQL of our own. Throws, with what to install, when the machine has none that runs. */
export async function startPostgres(
  supervisor: Supervisor,
  log: (line: string) => void,
  { hostile = false }: StartOptions = {},
): Promise<Engine> {
  const directory = join(supervisor.directory, 'postgres');
  const failures: string[] = [];
  for await (const binaries of findPostgres(supervisor.directory)) {
    try {
      const engine = await startPostgresFrom(binaries, directory, supervisor, hostile ? hostileSettings : []);
      log(`PostgreSQL ${engine.version} from ${binaries.origin}`);
      return engine;
    } catch (error) {
      failures.push(`${binaries.origin}: ${(error as Error).message}`);
      await rm(directory, { recursive: true, force: true });
    }
  }
  throw new Error(
    [
      'No PostgreSQL could be started. Install one (Debian, Ubuntu: apt-get install postgresql; macOS: brew install',
      `postgresql), or give the URL of a running server: startLocal({ postgres: { url } }).`,
      ...failures,
    ].join('\n'),
  );
}

/** Starts one of several PostgreSQLs that may be there, its data in a new folder. */
export async function startPostgresFrom(
  binaries: PostgresBinaries,
  directory: string,
  supervisor: Supervisor,
  moreSettings: readonly string[] = [],
): Promise<Engine> {
  const installation = await initialisePostgres(binaries, directory, supervisor);
  const { reached } = await startServer(
    supervisor,
    (port) => installation.server(installation.data, port, moreSettings),
    (port) => openPostgres(installation.url(port)),
  );
  return reached;
}

/** A PostgreSQL whose data is initialised. */
export interface PostgresInstallation {
  readonly data: string;
  /** URL of the superuser, once the server listens on this port. */
  url(port: number): string;
  /** A program to be run by the user to whom the data belongs. */
  program(command: string, args: readonly string[]): Program;
  /** The server itself, on a data directory. */
  server(data: string, port: number, moreSettings: readonly string[]): Program;
}

/** Initialises a data directory in a new folder. */
export async function initialisePostgres(
  binaries: PostgresBinaries,
  directory: string,
  supervisor: Supervisor,
): Promise<PostgresInstallation> {
  await mkdir(directory, { mode: 0o700 });
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (unprivileged.uid) {
    for (const path of [directory, passwordFile]) await chown(path, unprivileged.uid, unprivileged.gid);
  }
  const data = join(directory, 'data');
  const logFile = join(supervisor.directory, 'postgres.log');
  const program = (command: string, args: readonly string[]): Program => ({
    command,
    args,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
    ...unprivileged,
    logFile,
    stopSignal: 'SIGQUIT',
  });

  const locale = process.platform === 'linux' ? '--locale=C.UTF-8' : '--no-locale';
  const initialise = ['-D', data, '-U', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
  await runToEnd(
    supervisor,
    program(join(binaries.bin, 'initdb'), [...initialise, '--encoding', 'UTF8', locale, '--no-sync']),
  );
  await rm(passwordFile);

  return {
    data,
    url: (port) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    program,
    server(directoryOfData, port, moreSettings) {
      const options = [...settings, ...moreSettings].flatMap((setting) => ['-c', setting]);
      return program(join(binaries.bin, 'postgres'), ['-D', directoryOfData, '-p', String(port), ...options]);
    },
  };
}
