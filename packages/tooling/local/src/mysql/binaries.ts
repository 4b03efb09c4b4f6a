import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const systemZoneinfo = '/usr/share/zoneinfo';

/** A MySQL or MariaDB server that can be run, and what belongs to it. */
export interface MysqlBinaries {
  /** Where it came from, for the log. */
  readonly origin: string;
  readonly kind: 'MySQL' | 'MariaDB';
  /** What `--version` says. */
  readonly version: string;
  /** The server program, and arguments that have to stand first. */
  readonly server: readonly [command: string, ...args: string[]];
  /** Options that tell an installation that was moved where its own files are. */
  readonly options: readonly string[];
  /** A command that prints the time zones as SQL; undefined when the machine has none. */
  readonly timeZones: readonly [command: string, ...args: string[]] | undefined;
}

/** Describes a server by the path of its program. Throws when it does not run. */
export async function describeProgram(program: string, origin = program): Promise<MysqlBinaries> {
  const { stdout: version } = await run(program, ['--no-defaults', '--version']);
  const kind = version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
  const folders = [dirname(program), join(dirname(program), '../bin')];
  const tool = await firstExisting(folders.map((folder) => join(folder, 'mysql_tzinfo_to_sql')));
  const zones = await firstExisting([systemZoneinfo]);
  return {
    origin,
    kind,
    version,
    server: [program],
    options: [],
    timeZones: tool && zones ? [tool, zones] : undefined,
  };
}

/**
 * Describes a server that was unpacked from Debian packages into a folder, and runs with the libraries in there only.
 * Throws when it does not run.
 */
export async function describeUnpacked(root: string, origin: string): Promise<MysqlBinaries> {
  const usr = join(root, 'usr');
  const triplet = (await readdir(join(usr, 'lib'))).find((name) => name.endsWith('-linux-gnu'));
  const libraries = join(usr, 'lib', triplet ?? '');
  const loader = (await readdir(libraries)).find((name) => /^ld-linux.*\.so\.\d$/.test(name));
  if (!triplet || !loader) throw new Error(`${root} holds no unpacked MySQL`);
  const withLibraries = (program: string, ...args: string[]): [string, ...string[]] => [
    join(libraries, loader),
    '--library-path',
    libraries,
    join(usr, program),
    ...args,
  ];
  const server = withLibraries('sbin/mysqld');
  const [command, ...args] = server;
  const { stdout: version } = await run(command, [...args, '--no-defaults', '--version']);
  return {
    origin,
    kind: 'MySQL',
    version,
    server,
    options: [
      `--basedir=${usr}`,
      `--lc-messages-dir=${usr}/share/mysql`,
      `--character-sets-dir=${usr}/share/mysql/charsets`,
      `--plugin-dir=${usr}/lib/mysql/plugin`,
    ],
    timeZones: withLibraries('bin/mysql_tzinfo_to_sql', `${usr}/share/zoneinfo`),
  };
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return undefined;
}
