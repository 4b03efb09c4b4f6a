import { readFile, writeFile } from 'node:fs/promises';
import type { Strategy } from './strategies.ts';

const PAGE = new URL('../../../../docs/reliability.md', import.meta.url);

/** Puts what came of a strategy into its place on the page; the rest of the page stays. */
export async function writeResults(strategy: Strategy, results: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const begin = `<!-- ${strategy}: written by npm run campaign -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(`<!-- end of ${strategy} -->`, from);
  if (from === -1 || to === -1) throw new Error(`${PAGE.pathname} has no place for the results of ${strategy}.`);
  await writeFile(PAGE, [page.slice(0, from + begin.length), results, page.slice(to)].join('\n\n'));
}
