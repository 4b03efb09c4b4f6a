import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where MySQL's own builds are; asked first, because the downloader itself would wait for long. */
const downloadServer = 'https://cdn.mysql.com/';
const reachTimeoutMs = 3_000;

/** The slice of `mysql-memory-server` that is used here, of the version that package.json pins. */
interface Downloader {
  downloadBinary(
    binary: unknown,
    options: { downloadBinaryOnce: boolean; downloadRetries: number },
    logger: Record<'log' | 'warn' | 'error', () => void>,
  ): Promise<string>;
}
interface Versions {
  default(range: string | undefined, arch: string): unknown;
}

/**
 * Downloads MySQL's own build for this platform, by way of npm's `mysql-memory-server`, and puts it into `root`.
 * Throws, within seconds, when MySQL's server cannot be reached.
 */
export async function downloadByNpm(root: string, _scratch: string, log: (line: string) => void): Promise<void> {
  await fetch(downloadServer, { method: 'HEAD', signal: AbortSignal.timeout(reachTimeoutMs) });
  const require = createRequire(import.meta.url);
  const { downloadBinary }: Downloader = require('mysql-memory-server/dist/src/libraries/Downloader.js');
  const { default: chooseBinary }: Versions = require('mysql-memory-server/dist/src/libraries/Version.js');
  log('downloading MySQL for this user from mysql.com');
  const quiet = { log() {}, warn() {}, error() {} };
  const options = { downloadBinaryOnce: false, downloadRetries: 2 };
  // …/<random>/mysql/bin/mysqld
  const program = await downloadBinary(chooseBinary(undefined, process.arch), options, quiet).catch(
    (error: unknown) => {
      // It throws strings.
      throw error instanceof Error ? error : new Error(String(error));
    },
  );
  const unpacked = dirname(dirname(program));
  await mkdir(dirname(root), { recursive: true });
  // Not renamed: the temporary directory may be on another file system.
  await cp(unpacked, root, { recursive: true, verbatimSymlinks: true });
  await rm(join(unpacked, '..'), { recursive: true, force: true });
}
