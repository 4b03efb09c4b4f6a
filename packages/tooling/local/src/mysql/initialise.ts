import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Program, runToEnd, type Supervisor } from '../supervision.ts';
import { withLock } from '../with-lock.ts';
import type { MysqlBinaries } from './binaries.ts';
import { ownOptions } from './options.ts';

const run = promisify(execFile);
/** Changed whenever data directories that were kept before must not be used any longer. */
const format = 1;

/**
 * Puts a fresh data directory, time zones loaded, at `data`. Making one takes seconds, so the first one is kept in the
 * cache and copied from then on. Its superuser has no password.
 */
export async function initialiseData(
  data: string,
  binaries: MysqlBinaries,
  cache: string,
  supervisor: Supervisor,
): Promise<void> {
  const key = createHash('sha256').update(`${format} ${binaries.version} ${binaries.origin}`).digest('hex');
  const template = join(cache, `mysql-data-${key.slice(0, 12)}`);
  if (!(await exists(template))) await makeTemplate(template, binaries, supervisor);
  await cp(template, data, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Makes it aside and renames it, so that nobody copies half of one. */
async function makeTemplate(template: string, binaries: MysqlBinaries, supervisor: Supervisor) {
  await withLock(`${template}.lock`, async () => {
    if (await exists(template)) return;
    const aside = `${template}.aside`;
    // What a process that died in here has left.
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside);
    try {
      const data = join(aside, 'data');
      const zones = join(aside, 'time-zones.sql');
      await writeFile(zones, `USE mysql;\n${await timeZones(binaries)}`);
      await runToEnd(supervisor, initialisation(binaries, data, zones, supervisor));
      await rename(data, template);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  });
}

function initialisation(binaries: MysqlBinaries, data: string, zones: string, supervisor: Supervisor): Program {
  const [server, ...serverArgs] = binaries.server;
  const common = { env: { TZ: 'UTC' }, logFile: join(supervisor.directory, 'mysql-initialise.log') };
  if (binaries.kind === 'MySQL') {
    const args = ['--no-defaults', '--initialize-insecure', `--datadir=${data}`, `--init-file=${zones}`];
    return {
      ...common,
      command: server,
      args: [...serverArgs, ...args, ...binaries.options, ...ownOptions],
      stopSignal: 'SIGKILL',
    };
  }
  return {
    ...common,
    env: { TZ: 'UTC', PATH: process.env['PATH'] ?? '' },
    command: join(dirname(server), '../bin/mariadb-install-db'),
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...rootUser,
    ],
    stopSignal: 'SIGKILL',
  };
}

const rootUser = process.getuid?.() === 0 ? ['--user=root'] : [];

/** The machine's time zones as SQL; nothing where it has none. */
async function timeZones({ timeZones: converter }: MysqlBinaries): Promise<string> {
  if (!converter) return '';
  const [command, ...args] = converter;
  const { stdout } = await run(command, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
