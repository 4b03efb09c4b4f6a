import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (page: string) => readFileSync(new URL(`../../../../${page}`, import.meta.url), 'utf8');
const blocksOf = (page: string) => read(page).match(/^```[\s\S]*?^```$/gm);
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to!).filter((to) => !to.startsWith('README'));

test('README.ja.md has the code and the links of README.md', () => {
  expect(blocksOf('README.ja.md')).toEqual(blocksOf('README.md'));
  expect(linksOf('README.ja.md').toSorted()).toEqual(linksOf('README.md').toSorted());
});
