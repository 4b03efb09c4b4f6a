import { build, createServer } from 'vitepress';
import { SITE } from './folders.ts';

/** Builds the site, or serves it until the process ends. Rejects for a dead link. */
export async function vitepress(command: 'build' | 'dev'): Promise<void> {
  if (command === 'build') return build(SITE);
  const server = await createServer(SITE);
  await server.listen();
  server.printUrls();
}
