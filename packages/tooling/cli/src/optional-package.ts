import { ConnectorError } from '@sqlport/core/spi';

/** Loads a package that need not be installed. Throws `CONFIG` that says how to install it. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>, whatFor: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ConnectorError('CONFIG', `${whatFor} needs one more package: npm install ${name}`, { cause });
  }
}
