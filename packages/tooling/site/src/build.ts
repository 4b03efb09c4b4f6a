/**
 * The site, from docs/*.md and from the doc comments of the packages.
 *
 *     npm run docs            # into packages/tooling/site/dist
 *     npm run docs -- dev     # served, and built anew with every change
 */
import { writeApiReference } from './api-reference.ts';
import { vitepress } from './vitepress.ts';

const [command = 'build'] = process.argv.slice(2);
if (command !== 'build' && command !== 'dev') {
  console.error('npm run docs [-- build|dev]');
  process.exit(2);
}
await writeApiReference();
await vitepress(command);
