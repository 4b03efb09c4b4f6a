import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder in the user's cache directory where engines are kept between runs. Throws when it cannot be made. */
export async function cacheDirectory(): Promise<string> {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const directory = join(base, 'sqlport');
  await mkdir(directory, { recursive: true });
  return directory;
}
