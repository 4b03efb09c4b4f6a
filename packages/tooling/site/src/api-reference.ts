import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Application } from 'typedoc';
import { DOCS, ROOT, SITE } from './folders.ts';

const API = join(DOCS, 'api');

/** What users import, and where it is written. */
const ENTRIES: Readonly<Record<string, string>> = {
  '@sqlport/core': 'core/src',
  '@sqlport/core/spi': 'core/src/spi',
  '@sqlport/iam-pg': 'adapters/iam-pg/src',
  '@sqlport/iam-mysql2': 'adapters/iam-mysql2/src',
  '@sqlport/data-api': 'adapters/data-api/src',
  '@sqlport/tidb-serverless': 'adapters/tidb-serverless/src',
  '@sqlport/local': 'tooling/local/src',
  '@sqlport/conformance': 'tooling/conformance/src',
};

/** Writes docs/api from the doc comments. Throws where TypeDoc cannot read them. */
export async function writeApiReference(): Promise<void> {
  const typedoc = await Application.bootstrapWithPlugins({
    entryPoints: Object.values(ENTRIES).map((folder) => join(ROOT, 'packages', folder, 'index.ts')),
    tsconfig: join(SITE, 'tsconfig.api.json'),
    plugin: ['typedoc-plugin-markdown'],
    // An option of the plugin's.
    ...{ entryFileName: 'index', hidePageHeader: true, hideBreadcrumbs: true },
    name: 'API reference',
    readme: 'none',
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    skipErrorChecking: true,
    logLevel: 'Warn',
  });
  const project = await typedoc.convert();
  if (project === undefined || typedoc.logger.hasErrors()) throw new Error('The API reference cannot be made.');
  // TypeDoc calls a module after its folder; users know it by what they import.
  for (const [name, folder] of Object.entries(ENTRIES)) {
    const module = project.children?.find((child) => child.name === folder);
    if (module === undefined) throw new Error(`${name} is not in the API reference.`);
    module.name = name;
  }
  await rm(API, { recursive: true, force: true });
  await typedoc.outputs.writeOutput({ name: 'markdown', path: API }, project);
}
