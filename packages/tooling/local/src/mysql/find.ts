import { access, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { withLock } from '../with-lock.ts';
import { describeProgram, describeUnpacked, type MysqlBinaries } from './binaries.ts';
import { unpackMysqlFromDebian } from './debian.ts';
import { downloadByNpm } from './npm-download.ts';

/** Folders that are often not on an ordinary user's PATH. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/mysql/bin', '/opt/homebrew/bin'];
const keptPrefix = 'mysql-server-';
const asidePrefix = 'unpacking-';

/** A way to get MySQL: finds one or more, or throws a reason. */
type Source = () => Promise<readonly MysqlBinaries[]>;

/**
 * All servers that can be tried, best first: what the machine has, what the cache keeps, what can be downloaded; a
 * MariaDB comes last. `SQLPORT_MYSQLD` names the one to use, and no other. Sources that fail say so in `failures`.
 */
export async function* findMysql(
  cache: string,
  failures: string[],
  log: (line: string) => void,
): AsyncGenerator<MysqlBinaries> {
  const named = process.env['SQLPORT_MYSQLD'];
  if (named) {
    try {
      yield await describeProgram(named);
    } catch (error) {
      failures.push(`SQLPORT_MYSQLD: ${(error as Error).message}`);
    }
    return;
  }
  const machine = await onMachine(failures);
  const tried = new Set<string>();
  const sources: readonly Source[] = [
    async () => machine.filter(({ kind }) => kind === 'MySQL'),
    () => kept(cache, failures),
    () => fill(cache, tried, failures, log),
    async () => machine.filter(({ kind }) => kind === 'MariaDB'),
  ];
  for (const source of sources) {
    const found = await source().catch((error: Error) => {
      failures.push(error.message);
      return [];
    });
    for (const binaries of found) {
      tried.add(binaries.origin);
      yield binaries;
    }
  }
}

/** Servers that are installed. */
async function onMachine(failures: string[]): Promise<MysqlBinaries[]> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  const programs = new Set<string>();
  for (const folder of folders) {
    for (const name of ['mysqld', 'mariadbd']) {
      const program = join(folder, name);
      const exists = await access(program).then(
        () => true,
        () => false,
      );
      if (exists) programs.add(await realpath(program));
    }
  }
  const described = await Promise.allSettled([...programs].map((program) => describeProgram(program)));
  for (const result of described) if (result.status === 'rejected') failures.push(String(result.reason));
  return described.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** Servers that were downloaded before, newest first. */
async function kept(cache: string, failures: string[]): Promise<MysqlBinaries[]> {
  const names = (await readdir(cache))
    .filter((name) => name.startsWith(keptPrefix))
    .sort()
    .reverse();
  const described: MysqlBinaries[] = [];
  for (const name of names) {
    try {
      described.push(await describeKept(join(cache, name)));
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  return described;
}

async function describeKept(folder: string): Promise<MysqlBinaries> {
  const plain = join(folder, 'bin/mysqld');
  const isPlain = await access(plain).then(
    () => true,
    () => false,
  );
  return isPlain ? describeProgram(plain, folder) : describeUnpacked(folder, folder);
}

/**
 * Downloads a server into the cache: aside first, tried there, then renamed into place, so that nobody ever sees half
 * of one and a failure leaves what was there before.
 */
async function fill(
  cache: string,
  tried: ReadonlySet<string>,
  failures: string[],
  log: (line: string) => void,
): Promise<readonly MysqlBinaries[]> {
  return withLock(join(cache, `${keptPrefix}lock`), async () => {
    const byOthers = (await kept(cache, [])).filter(({ origin }) => !tried.has(origin));
    if (byOthers.length > 0) return byOthers;
    for (const name of await readdir(cache)) {
      if (name.startsWith(asidePrefix)) await rm(join(cache, name), { recursive: true, force: true });
    }
    for (const get of [unpackMysqlFromDebian, downloadByNpm]) {
      const aside = await mkdtemp(join(cache, asidePrefix));
      try {
        const root = join(aside, 'root');
        await get(root, aside, log);
        const { version } = await describeKept(root);
        const target = join(cache, `${keptPrefix}${/Ver (\S+)/.exec(version)?.[1]}-${process.arch}`);
        await rm(target, { recursive: true, force: true });
        await rename(root, target);
        return [await describeKept(target)];
      } catch (error) {
        failures.push(`${get.name}: ${(error as Error).message}`);
      } finally {
        await rm(aside, { recursive: true, force: true });
      }
    }
    return [];
  });
}
