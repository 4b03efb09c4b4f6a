import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../src/cache-directory.ts';
import { unpackFromDebian } from '../src/mysql/debian.ts';
import { withLock } from '../src/with-lock.ts';

const run = promisify(execFile);

/** A program of somebody else's: how to run it, or why it is not there. */
export type Tool =
  | { readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> }
  | { readonly missing: string };

/** `psql`, as the machine has it. */
export async function findPsql(): Promise<Tool> {
  return (await answers('psql')) ? { command: ['psql'], env: {} } : { missing: 'no psql on this machine' };
}

/** The AWS CLI, as the machine has it: Debian's own needs the very C library and Python it was built for. */
export async function findAwsCli(): Promise<Tool> {
  return (await answers('aws')) ? { command: ['aws'], env: {} } : { missing: 'no aws on this machine' };
}

/** `curl`, as the machine has it. */
export async function findCurl(): Promise<Tool> {
  return (await answers('curl')) ? { command: ['curl'], env: {} } : { missing: 'no curl on this machine' };
}

/** The `mysql` client: the machine's, else unpacked from Debian's archive into the user's cache. */
export async function findMysqlClient(): Promise<Tool> {
  if (await answers('mysql')) return { command: ['mysql'], env: {} };
  try {
    const root = await debianTools();
    const triplet = (await readdir(join(root, 'usr/lib'))).find((name) => name.endsWith('-linux-gnu'))!;
    const libraries = join(root, 'usr/lib', triplet);
    const loader = (await readdir(libraries)).find((name) => name.startsWith('ld-linux'))!;
    return { command: [join(libraries, loader), '--library-path', libraries, join(root, 'usr/bin/mysql')], env: {} };
  } catch (error) {
    return {
      missing: `no mysql client on this machine, and none to be had: ${(error as Error).message.split('\n')[0]}`,
    };
  }
}

/** Debian's `python3-botocore`, run by the machine's Python. */
export async function findBotocore(): Promise<Tool> {
  if (!(await answers('python3'))) return { missing: 'no python3 on this machine' };
  try {
    const env = { PYTHONPATH: join(await debianTools(), 'usr/lib/python3/dist-packages') };
    await run('python3', ['-c', 'import botocore.session'], { env: { ...process.env, ...env } });
    return { command: ['python3'], env };
  } catch (error) {
    return { missing: `no botocore to be had: ${(error as Error).message.split('\n')[0]}` };
  }
}

let unpacked: Promise<string> | undefined;

/** The folder both are unpacked in, once for all runs. */
function debianTools(): Promise<string> {
  unpacked ??= unpackTools();
  return unpacked;
}

async function unpackTools(): Promise<string> {
  const cache = await cacheDirectory();
  const target = join(cache, 'test-tools-2');
  return withLock(`${target}.lock`, async () => {
    if ((await readdir(target).catch(() => [])).length > 0) return target;
    const aside = await mkdtemp(join(cache, 'test-tools-aside-'));
    try {
      // botocore asks for requests, if only for the names of its errors; that needs the last three.
      const python = [
        'botocore',
        'dateutil',
        'jmespath',
        'urllib3',
        'six',
        'requests',
        'certifi',
        'chardet',
        'idna',
      ].map((name) => `python3-${name}`);
      const packages = { complete: ['mysql-client-core'], alone: python };
      await unpackFromDebian(packages, join(aside, 'root'), aside, console.info);
      await rename(join(aside, 'root'), target);
      return target;
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  });
}

const answers = (program: string): Promise<boolean> =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );
