import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../cache-directory.ts';
import type { Engine } from '../engine.ts';
import type { StartOptions } from '../engine-source.ts';
import { startServer } from '../start-server.ts';
import type { Program, Supervisor } from '../supervision.ts';
import type { MysqlBinaries } from './binaries.ts';
import { openMysql } from './engine.ts';
import { findMysql } from './find.ts';
import { hostileOptions } from './hostile.ts';
import { initialiseData } from './initialise.ts';
import { ownOptions } from './options.ts';

/** Starts a MySQL of our own. Throws, with what to install, when there is none to be had. */
export async function startMysql(
  supervisor: Supervisor,
  log: (line: string) => void,
  { hostile = false }: StartOptions = {},
): Promise<Engine> {
  // Where nothing can be kept, the temporary directory has to do.
  const cache = await cacheDirectory().catch(() => supervisor.directory);
  const failures: string[] = [];
  for await (const binaries of findMysql(cache, failures, log)) {
    const directory = join(supervisor.directory, 'mysql');
    try {
      const engine = await startMysqlFrom(binaries, directory, cache, supervisor, hostile ? hostileOptions : []);
      log(`${engine.kind} ${engine.version} from ${binaries.origin}`);
      return engine;
    } catch (error) {
      failures.push(`${binaries.origin}: ${(error as Error).message}`);
      await rm(directory, { recursive: true, force: true });
    }
  }
  throw new Error(
    [
      'No MySQL could be had. Install MySQL 8 or newer (its program mysqld on PATH, or named by SQLPORT_MYSQLD), or give',
      'the URL of a running server: startLocal({ mysql: { url } }). What was tried:',
      ...failures,
    ].join('\n'),
  );
}

/** Starts one of several servers that may be there, its data in a new folder. */
async function startMysqlFrom(
  binaries: MysqlBinaries,
  directory: string,
  cache: string,
  supervisor: Supervisor,
  moreOptions: readonly string[],
): Promise<Engine> {
  const password = randomBytes(18).toString('base64url');
  const installation = await installMysql(binaries, directory, cache, supervisor, password);
  const { reached } = await startServer(
    supervisor,
    (port) => installation.server(port, [...moreOptions, ...installation.firstStart]),
    (port) => openMysql(installation.url(port)),
  );
  await rm(installation.firstStatements);
  return reached;
}

/** A MySQL whose data is initialised. */
export interface MysqlInstallation {
  /** URL of the superuser, once the server listens on this port. */
  url(port: number): string;
  /** The server itself. */
  server(port: number, moreOptions: readonly string[]): Program;
  /** Options for its first start, which gives the superuser a password. */
  readonly firstStart: readonly string[];
  /** A file to be removed after the first start. */
  readonly firstStatements: string;
}

/** Initialises a data directory in a new folder. */
export async function installMysql(
  binaries: MysqlBinaries,
  directory: string,
  cache: string,
  supervisor: Supervisor,
  password: string,
): Promise<MysqlInstallation> {
  await mkdir(join(directory, 'tmp'), { recursive: true, mode: 0o700 });
  const data = join(directory, 'data');
  await initialiseData(data, binaries, cache, supervisor);
  // The server's identity: made anew, so that no two that were copied from one template share it.
  await rm(join(data, 'auto.cnf'), { force: true });
  const firstStatements = join(directory, 'first-statements.sql');
  await writeFile(
    firstStatements,
    [
      'SET SQL_LOG_BIN = 0;',
      `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
      `CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';`,
      `ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
      "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n",
    ].join('\n'),
    { mode: 0o600 },
  );

  const [command, ...args] = binaries.server;
  return {
    url: (port) => `mysql://root:${password}@127.0.0.1:${port}/`,
    firstStart: [`--init-file=${firstStatements}`],
    firstStatements,
    server: (port, moreOptions) => ({
      command,
      args: [
        ...args,
        '--no-defaults',
        ...binaries.options,
        ...ownOptions,
        `--datadir=${data}`,
        `--tmpdir=${join(directory, 'tmp')}`,
        `--socket=${join(directory, 'socket')}`,
        `--pid-file=${join(directory, 'pid')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--loose-mysqlx=OFF',
        '--max-connections=1000',
        '--default-time-zone=+00:00',
        ...moreOptions,
      ],
      env: { TZ: 'UTC' },
      logFile: join(supervisor.directory, 'mysql.log'),
      stopSignal: 'SIGKILL',
    }),
  };
}
