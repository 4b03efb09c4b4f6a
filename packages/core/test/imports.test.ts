import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { expect, it } from 'vitest';

const source = new URL('../src/', import.meta.url);
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** The code of a file without its comments. */
function codeOf(file: string): string {
  const text = readFileSync(new URL(file, source), 'utf8');
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<!:)\/\/.*$/gm, '');
}

/** Everything that a file imports, statically or not. */
function importsOf(file: string): string[] {
  return [...codeOf(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, name]) => name as string);
}

it('imports no built-in of Node anywhere, so that it loads in any runtime', () => {
  expect(files.length).toBeGreaterThan(20);
  const builtins = files.flatMap((file) => importsOf(file).filter(isBuiltin));
  expect(builtins).toEqual([]);
});

it('depends on nothing but the dialect', () => {
  const packages = new Set(files.flatMap((file) => importsOf(file).filter((name) => !name.startsWith('.'))));
  expect([...packages]).toEqual(['@sqlport/dialect']);
});

it('uses no global of Node without looking whether it is there', () => {
  for (const file of files) {
    const code = codeOf(file);
    expect(code, file).not.toMatch(/\b(Buffer|setImmediate|__dirname|require)\b/);
    // Only as a property of globalThis, where it may be missing.
    expect(code, file).not.toMatch(/(?<![.?'"\w])process\s*[.[]/);
  }
});

it('works where there is no process and no diagnostics channel', async () => {
  const { process } = globalThis;
  const copy = './../src/events.ts?no-process';
  const { Observer } = (await import(copy)) as typeof import('../src/events.ts');
  try {
    Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true, writable: true });
    const heard: unknown[] = [];
    const observer = new Observer('scripted', 'postgres', (event) => heard.push(event.operation));
    expect(await observer.observe('query', 'select 1', false, async () => 5)).toBe(5);
    expect(heard).toEqual(['query']);
  } finally {
    Object.defineProperty(globalThis, 'process', { value: process, configurable: true, writable: true });
  }
});
