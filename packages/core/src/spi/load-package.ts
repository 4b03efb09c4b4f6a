import { ConnectorError } from '../errors.ts';

/**
 * Imports a package when it is first needed. Throws `CONFIG` where it is not there: it was not installed, or a bundler
 * left it out. `load` holds the `import()`, which bundlers have to see.
 */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const message = `The package ${name} cannot be loaded: npm install ${name}, and let the bundler take it in or leave it to a runtime that has it.`;
    throw new ConnectorError('CONFIG', message, { cause });
  }
}
