import { ConnectorError } from '@sqlport/core';
import type { Adapter } from '@sqlport/core/spi';

/** What an adapter's package exports. */
interface Module {
  adapter(config: object): Adapter;
  fromUrl(url: string): object;
}

const MODULES: Readonly<Record<string, () => Promise<unknown>>> = {
  'iam-pg': () => import('@sqlport/iam-pg'),
  'iam-mysql2': () => import('@sqlport/iam-mysql2'),
  'data-api': () => import('@sqlport/data-api'),
  'tidb-serverless': () => import('@sqlport/tidb-serverless'),
};

/** The adapter of a URL; `more` is what no URL holds. Throws `CONFIG`, without repeating the URL. */
export async function adapterOf(url: string, more: object = {}): Promise<Adapter> {
  const [name = ''] = url.split('://');
  const load = Object.hasOwn(MODULES, name) ? MODULES[name] : undefined;
  if (load === undefined) {
    throw new ConnectorError('CONFIG', `A URL begins with one of ${Object.keys(MODULES).join(', ')}, and "://".`);
  }
  const module = (await load()) as Module;
  return module.adapter({ ...module.fromUrl(url), ...more });
}
