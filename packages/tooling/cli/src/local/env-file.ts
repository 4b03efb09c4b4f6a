import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ConnectorError } from '@sqlport/core/spi';

/** By which a file is known to be ours, and may be replaced. */
const MARK = '# Written by `sqlport local`, and removed when it ends.';

/** A file of environment variables with secrets in it. */
export interface EnvFile {
  readonly path: string;
  /** Writes it for the owner's eyes only; what is in its place must still be ours, or nothing. */
  write(variables: Readonly<Record<string, string>>): Promise<void>;
  /** Removes it, unless somebody else has changed it meanwhile. */
  remove(): Promise<void>;
}

/**
 * Looks whether a file may be written. Throws `CONFIG` for one that is somebody else's or no plain file, and for one
 * that git would take into a commit.
 */
export async function envFile(name: string): Promise<EnvFile> {
  const path = resolve(name);
  const before = await requireOurs(path);
  await requireIgnored(path);
  let written: string | undefined;
  return {
    path,
    async write(variables) {
      written = `${MARK}\n${Object.entries(variables).map(assignment).join('')}`;
      const beside = `${path}.${randomBytes(6).toString('hex')}`;
      // Never through a link: the name is taken anew, and a link of that name is not followed.
      await writeFile(beside, written, { mode: 0o600, flag: 'wx' });
      try {
        if ((await requireOurs(path)) === undefined && before === undefined) await link(beside, path);
        else return await rename(beside, path);
      } catch (error) {
        await rm(beside);
        throw error;
      }
      await rm(beside);
    },
    async remove() {
      if (written !== undefined && (await readFile(path, 'utf8').catch(() => undefined)) === written) await rm(path);
    },
  };
}

/** The text of the file, or undefined where there is none. */
async function requireOurs(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) {
    throw new ConnectorError(
      'CONFIG',
      `${path} is a link or no plain file: it is not written through. Remove it first.`,
    );
  }
  const text = await readFile(path, 'utf8');
  if (text.startsWith(MARK)) return text;
  throw new ConnectorError(
    'CONFIG',
    `${path} exists and is not ours. Give another file: --write-env .env.sqlport.local`,
  );
}

/** Where there is no git, or no repository, nothing can be committed. */
async function requireIgnored(path: string): Promise<void> {
  const git = (...args: readonly string[]) => promisify(execFile)('git', args, { cwd: dirname(path) });
  const inRepository = await git('rev-parse', '--is-inside-work-tree').then(
    ({ stdout }) => stdout.trim() === 'true',
    () => false,
  );
  if (!inRepository) return;
  try {
    await git('check-ignore', '--quiet', '--', path);
  } catch {
    throw new ConnectorError('CONFIG', `${path} would be committed with secrets in it: add it to .gitignore first.`);
  }
}

/** Double quotes let a value have line breaks; there is no way to write a double quote in one. */
function assignment([name, value]: [string, string]): string {
  const quote = value.includes('"') ? "'" : '"';
  return `${name}=${quote}${value}${quote}\n`;
}
