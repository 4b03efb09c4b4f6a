import { readFile, writeFile } from 'node:fs/promises';
import { markdownOf, type Result } from './report.ts';

const PAGE = new URL('../../../../docs/performance.md', import.meta.url);
const BEGIN = '<!-- measured: written by npm run bench -->';
const END = '<!-- end of what was measured -->';

/** Puts the results into the page; what people wrote around them stays. */
export async function writePage(results: readonly Result[]): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [before, rest = ''] = page.split(BEGIN) as [string, string?];
  const [, after] = rest.split(END) as [string, string?];
  if (after === undefined) throw new Error(`${PAGE.pathname} has no place for the results.`);
  const versions = `Node.js ${process.versions.node}, ${process.platform} ${process.arch}.`;
  const measured = [BEGIN, versions, ...results.map(markdownOf), END].join('\n\n');
  await writeFile(PAGE, `${before}${measured}${after}`);
}
