import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Dialect } from '@sqlport/core/spi';
import { expect, test } from 'vitest';
import { VALUES } from './driver-calls.ts';

/** What {@link defineProcessChecks} needs to know of an adapter. */
export interface ProcessTarget {
  /** The adapter's module, which exports `adapter`. */
  readonly module: URL;
  /** A configuration that works, and can be written as JSON. */
  readonly config: () => object;
  readonly dialect: Dialect;
  /** Packages that are loaded with the first use, not at import. */
  readonly lazy: readonly string[];
}

const SLEEP: Readonly<Record<Dialect, (seconds: number) => string>> = {
  postgres: (seconds) => `SELECT pg_sleep(${seconds})`,
  mysql: (seconds) => `SELECT SLEEP(${seconds})`,
};

/**
 * Runs a program in a process of its own, and resolves to what it wrote; rejects when it fails, or does not end by itself.
 * Before it stand `adapter` and `config`, `open()`, `run(driver, text, signal?)`, `loaded(package)`, `missing`: packages
 * that cannot be found.
 */
export async function runProgram({ module, config }: ProcessTarget, source: string): Promise<string> {
  const program = `import { registerHooks } from 'node:module';
    const urls = [];
    const missing = [];
    const find = (specifier, context, next) => {
      if (!missing.some((name) => (specifier + '/').startsWith(name))) return next(specifier, context);
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    };
    registerHooks({ resolve: find, load(url, context, next) { urls.push(url); return next(url, context); } });
    const loaded = (name) => urls.some((url) => url.includes('/node_modules/' + name));
    const { adapter } = await import(${JSON.stringify(module)});
    const config = ${JSON.stringify(config())};
    const open = () => adapter(config).open({ signal: new AbortController().signal, values: ${JSON.stringify(VALUES)} });
    const run = (driver, text, signal) => driver.execute({ text, params: [] }, { signal });
    ${source}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 15_000,
  });
  return stdout.trim();
}

/** Defines vitest tests of what an adapter does to the process it lives in. */
export function defineProcessChecks(target: ProcessTarget): void {
  const sleep = SLEEP[target.dialect];

  test('importing and configuring the adapter loads nothing heavy', async () => {
    const show = `console.log(...${JSON.stringify(target.lazy)}.map(loaded))`;
    const out = await runProgram(target, `adapter(config); ${show}; await run(await open(), 'SELECT 1'); ${show}`);
    const lines = ['false', 'true'].map((each) => target.lazy.map(() => each).join(' '));
    expect(out).toBe(lines.join('\n'));
  });

  test.each(target.lazy)('%s that is not there is a CONFIG error that names the package', async (name) => {
    const out = await runProgram(
      target,
      `missing.push(${JSON.stringify(name)});
      await open().then((db) => run(db, 'SELECT 1')).catch((error) => console.log(error.code, error.outcome, error.message))`,
    );
    expect(out).toMatch(/^CONFIG not-applied The package \S+ cannot be loaded/);
    expect(out).toContain(`package ${name.replace(/\/$/, '')}`);
  });

  test('a process ends by itself with idle connections open', async () => {
    const out = await runProgram(
      target,
      `const db = await open();
      await Promise.all([1, 2, 3].map(() => run(db, ${JSON.stringify(sleep(0.05))})));
      const started = performance.now();
      process.on('exit', () => console.log(performance.now() - started < 1000 ? 'at once' : 'late'))`,
    );
    expect(out).toBe('at once');
  });

  test('a process does not end while a statement runs', async () => {
    const out = await runProgram(
      target,
      `const db = await open();
      await run(db, 'SELECT 1');
      run(db, ${JSON.stringify(sleep(0.2))}).then(() => console.log('done'))`,
    );
    expect(out).toBe('done');
  });
}
