import { expect, test } from 'vitest';
import { mistakesIn } from '../src/compile.ts';
import { examplesOf } from '../src/example.ts';
import { runExample } from '../src/run.ts';

const page = (...lines: string[]) => examplesOf(lines.join('\n'), 'page.md');

test('the ts blocks of a page are its examples, named by their lines', () => {
  expect(page('# Title', '```ts', 'a;', '```', '```sh', 'npm test', '```', '```ts', 'b;', '```')).toEqual([
    { name: 'page.md:2', text: 'a;', runs: true },
    { name: 'page.md:8', text: 'b;', runs: true },
  ]);
});

test('a block may continue the one before it, or not be run', () => {
  const continues = '<!-- example: continues -->';
  expect(
    page(
      '```ts',
      'a;',
      '```',
      '<!-- example: compiles only -->',
      '```ts',
      'b;',
      '```',
      continues,
      '```ts',
      'c;',
      '```',
    ),
  ).toEqual([
    { name: 'page.md:1', text: 'a;', runs: true },
    { name: 'page.md:5', text: 'b;', runs: false },
    { name: 'page.md:9', text: 'b;\nc;', runs: false },
  ]);
});

test.each([
  [['<!-- example: is fine -->', '```ts', '```'], /no mark "is fine"/],
  [['<!-- example: continues -->', '', '```ts', '```'], /no `ts` block after the mark/],
  [['<!-- example: compiles only -->', '```js', '```'], /no `ts` block after the mark/],
  [['<!-- example: continues -->', '```ts', '```'], /no block to continue/],
])('a mark that means nothing is an error: %j', (lines, message) => {
  expect(() => page(...lines)).toThrow(message);
});

test('a mistake is found by the compiler', () => {
  const right = {
    name: 'right',
    text: "import { sql } from '@sqlport/core';\nconsole.log(sql`select 1`);",
    runs: true,
  };
  const wrong = { name: 'wrong', text: "import { sqll } from '@sqlport/core';\nconst a: number = 'a';", runs: true };
  const found = mistakesIn([right, wrong]);
  expect(found.get('right')).toEqual([]);
  expect(found.get('wrong')).toHaveLength(2);
});

test('a mistake is found by running', async () => {
  await runExample({ name: 'right', text: 'const a: number = 1;', runs: true });
  await expect(runExample({ name: 'wrong', text: "throw new Error('no')", runs: true })).rejects.toThrow('no');
});
