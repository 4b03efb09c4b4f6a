import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { ask } from '../src/child.ts';

const never = new AbortController().signal;
const program = (source: string) => [process.execPath, '--input-type=module', '--eval', source] as const;
const READ = "const { value } = await process.stdin.setEncoding('utf8')[Symbol.asyncIterator]().next();";

test('a program gets its question and is ended after its answer', async () => {
  const source = `${READ} console.log(JSON.stringify({ got: JSON.parse(value) })); process.stdin.on('end', () => process.exit());`;
  expect(await ask(program(source), '.', { a: 'é' }, never)).toEqual({ got: { a: 'é' } });
});

test('its temporary directory goes with it', async () => {
  const source = `${READ} console.log(JSON.stringify(process.getBuiltinModule('os').tmpdir())); process.exit();`;
  const directory = (await ask(program(source), '.', {}, never)) as string;
  expect(directory).not.toBe(tmpdir());
  expect(existsSync(directory)).toBe(false);
});

test('one that ends without an answer is an error with what it wrote', async () => {
  await expect(ask(program("console.error('no luck')"), '.', {}, never)).rejects.toThrow(/no answer[\s\S]*no luck/);
});

test('one that cannot be started is an error', async () => {
  await expect(ask(['/no/such/program'], '.', {}, never)).rejects.toThrow('ENOENT');
});

test.each([
  ['ends by itself', "process.stdin.on('end', () => process.exit());"],
  ['or is killed', 'setInterval(() => {}, 1000);'],
])('one that was stopped %s', async (_, source) => {
  const stop = new AbortController();
  const asked = ask(program(`${READ} ${source}`), '.', {}, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow('stopped');
});
