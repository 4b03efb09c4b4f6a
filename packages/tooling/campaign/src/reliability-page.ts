import { readFile, writeFile } from 'node:fs/promises';

const PAGE = new URL('../../../../docs/reliability.md', import.meta.url);
const BEGIN = '<!-- measured: written by npm run campaign -->';
const END = '<!-- end of what was measured -->';

/** Puts a report into the page; what people wrote around it stays. */
export async function writePage(report: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${PAGE.pathname} has no place for the report.`);
  await writeFile(PAGE, [page.slice(0, begin + BEGIN.length), report, page.slice(end)].join('\n\n'));
}
