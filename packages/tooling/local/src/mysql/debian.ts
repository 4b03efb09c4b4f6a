import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The suite that has MySQL itself: stable releases have MariaDB only. */
const suite = 'sid';
/** Only scripts that are not used here need Perl. */
const unwanted = /^(perl|libperl)/;
const keyringFolder = 'usr/share/keyrings';
const keyringName = /^debian-archive-keyring\.(gpg|pgp)$/;

/** Debian packages to unpack. */
export interface DebianPackages {
  /** These, and all they depend on down to the C library, so that they run on any Linux. */
  readonly complete: readonly string[];
  /** These alone. */
  readonly alone: readonly string[];
}

/** Unpacks MySQL into `root`. Time zones come along, because a small container may have none. */
export const unpackMysqlFromDebian = (root: string, scratch: string, log: (line: string) => void): Promise<void> =>
  unpackFromDebian({ complete: ['mysql-server-core'], alone: ['tzdata'] }, root, scratch, log);

/**
 * Unpacks packages from Debian's archive into `root`, without root's rights and without touching the machine: apt gets
 * a state directory of its own. Every package is verified by apt against Debian's signing keys.
 * Throws when the machine has no apt, or the archive cannot be reached.
 *
 * @param scratch an empty folder for apt's own files
 */
export async function unpackFromDebian(
  wanted: DebianPackages,
  root: string,
  scratch: string,
  log: (line: string) => void,
): Promise<void> {
  const machineApt = await prepareApt(join(scratch, 'machine'), []);
  const keyring = (await findKeyring('/')) ?? (await downloadKeyring(machineApt, scratch));
  const sources = join(scratch, 'sources.list');
  const mirror = process.env['SQLPORT_DEBIAN_MIRROR'] || (await machineMirror());
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const apt = await prepareApt(join(scratch, 'debian'), [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
  ]);
  await update(apt, log);

  const recursively = ['depends', '--recurse', '--no-recommends', '--no-suggests', '--no-enhances'];
  const forward = ['--no-conflicts', '--no-breaks', '--no-replaces'];
  const { stdout } = await run('apt-cache', [...apt, ...recursively, ...forward, ...wanted.complete]);
  // Packages stand at the start of a line; what follows indented says why.
  const needed = stdout.split('\n').filter((line) => /^[a-z0-9]/.test(line) && !unwanted.test(line));
  const names = [...needed, ...wanted.alone];
  log(`downloading ${wanted.complete.join(', ')} from Debian into the user's cache (${names.length} packages)`);
  await downloadAndUnpack(apt, names, join(scratch, 'packages'), root);
  for (const folder of ['doc', 'man', 'locale']) {
    await rm(join(root, 'usr/share', folder), { recursive: true, force: true });
  }
}

/** The Debian mirror that the machine's own apt uses. Signatures are checked, so that plain HTTP will do. */
async function machineMirror(): Promise<string> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)']);
  const mirror = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (!mirror) throw new Error('apt knows no Debian mirror here; name one in SQLPORT_DEBIAN_MIRROR');
  return mirror;
}

/** Options that give apt state of its own and leave it no way to skip a signature, whatever the machine's settings are. */
async function prepareApt(state: string, more: readonly string[]): Promise<string[]> {
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(state, 'archives/partial'), { recursive: true });
  await writeFile(join(state, 'status'), '');
  return [
    `Dir::State=${state}`,
    `Dir::State::status=${state}/status`,
    `Dir::Cache=${state}`,
    'APT::Sandbox::User=',
    'APT::Get::AllowUnauthenticated=false',
    'Acquire::AllowInsecureRepositories=false',
    'Acquire::AllowWeakRepositories=false',
    'Acquire::Languages=none',
    'Acquire::http::Timeout=20',
    ...more,
  ].flatMap((option) => ['-o', option]);
}

/** Fetches the package lists. A mirror that stands still is accepted with a word about it: its signatures hold. */
async function update(apt: readonly string[], log: (line: string) => void): Promise<void> {
  const strictly = ['-o', 'APT::Update::Error-Mode=any'];
  try {
    await run('apt-get', ['update', ...apt, ...strictly], { env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    if (!/is expired|not valid/i.test(String((error as { stderr?: string }).stderr))) throw error;
    log('the Debian mirror is out of date; its signatures are right, so it is used all the same');
    await run('apt-get', ['update', ...apt, ...strictly, '-o', 'Acquire::Check-Valid-Until=false']);
  }
}

async function downloadAndUnpack(apt: readonly string[], names: readonly string[], folder: string, root: string) {
  await mkdir(folder, { recursive: true });
  await run('apt-get', ['download', ...apt, ...names], { cwd: folder });
  await mkdir(root, { recursive: true });
  for (const file of await readdir(folder)) await run('dpkg-deb', ['--extract', join(folder, file), root]);
  await rm(folder, { recursive: true });
}

/** Where Debian's keys are missing, as on Ubuntu, they are in a package that the machine's own keys vouch for. */
async function downloadKeyring(machineApt: readonly string[], scratch: string): Promise<string> {
  const root = join(scratch, 'keyring');
  await run('apt-get', ['update', ...machineApt]);
  await downloadAndUnpack(machineApt, ['debian-archive-keyring'], join(scratch, 'keyring-package'), root);
  const keyring = await findKeyring(root);
  if (!keyring) throw new Error("Debian's signing keys were not found");
  return keyring;
}

async function findKeyring(root: string): Promise<string | undefined> {
  const folder = join(root, keyringFolder);
  const name = (await readdir(folder).catch(() => [])).find((file) => keyringName.test(file));
  if (!name) return undefined;
  const keyring = join(folder, name);
  await access(keyring);
  return keyring;
}
