import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve } from 'vitepress';
import { DOCS, SITE } from './folders.ts';

/** The site, built and served on this machine. */
export interface ServedSite {
  /** Without a slash at the end. */
  readonly url: string;
  /** The pages of docs/, by name, but for the first. */
  readonly pages: readonly string[];
  close(): Promise<void>;
}

export async function serveSite(): Promise<ServedSite> {
  // In a process of its own, as a user runs it: a test's environment leads Vite astray.
  const { NODE_ENV: _, VITEST: __, ...env } = process.env;
  await promisify(execFile)(process.execPath, [join(SITE, 'src/build.ts')], { env });
  const { server } = (await serve({ root: SITE, port: 0 })) as { server: Server };
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const pages = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => name.slice(0, -'.md'.length));
  return {
    url: `http://localhost:${port}`,
    pages,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
