import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Example, examplesOf } from './example.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const PAGES = [
  'README.md',
  'README.ja.md',
  'docs/*.md',
  'packages/*/README.md',
  'packages/*/*/README.md',
  'examples/*/README.md',
];

/** Every example of the documentation. */
export function allExamples(): readonly Example[] {
  const pages = globSync(PAGES, { cwd: ROOT }).toSorted();
  return pages.flatMap((page) => examplesOf(readFileSync(join(ROOT, page), 'utf8'), page));
}
