import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const EXAMPLES = join(import.meta.dirname, '../..');
/** `demo` and this folder belong to the workspace; the others are to be copied. */
const examples = globSync('*/package.json', { cwd: EXAMPLES })
  .map((path) => path.split('/')[0]!)
  .filter((name) => name !== 'demo' && name !== 'tests')
  .toSorted();

describe.each(examples)('%s stands alone', (name) => {
  const folder = join(EXAMPLES, name);
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');

  test('by versions that a registry has', () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read('package.json'));
    const wanted = Object.values<string>({ ...dependencies, ...devDependencies });
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((version) => !/^\^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('without reaching out of its folder', () => {
    const files = globSync('{*.json,*.ts,src/**/*.ts,test/**/*.ts}', { cwd: folder });
    expect(files.filter((file) => read(file).includes('../../'))).toEqual([]);
  });

  test('in less than 60 lines of code', () => {
    const files = globSync(name === 'testing-with-local' ? '{src,test}/**/*.ts' : 'src/**/*.ts', { cwd: folder });
    const lines = files.flatMap((file) => read(file).split('\n'));
    const code = lines.filter((line) => line.trim() !== '' && !/^\s*(?:\/\/|\/\*\*|\*)/.test(line));
    expect(code.length).toBeGreaterThan(0);
    expect(code.length).toBeLessThan(60);
  });
});
