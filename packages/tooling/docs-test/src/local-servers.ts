/**
 * Loaded before an example, by `--import`: leads the adapters that it configures to local servers. What it says about
 * host, user and database was checked by the compiler, and would need an AWS account to be run. A configuration with a
 * `ca` of its own is of a local server already.
 */
import { registerHooks } from 'node:module';
import { OVERLAYS, type Overlays } from './overlays.ts';

const overlays: Overlays = JSON.parse(process.env[OVERLAYS] ?? '{}');
const SCOPE = '@sqlport/';
const LED = '?led-to-the-local-server-of=';

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = specifier.startsWith(SCOPE) ? specifier.slice(SCOPE.length) : '';
    return Object.hasOwn(overlays, name) ? { ...found, url: found.url + LED + name } : found;
  },
  load(url, context, next) {
    const [module, name] = url.split(LED);
    if (name === undefined) return next(url, context);
    // An adapter's factory has two names: `adapter`, and its own.
    const factory = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const source = `import * as own from ${JSON.stringify(module)};
      export * from ${JSON.stringify(module)};
      const overlay = ${JSON.stringify(overlays[name])};
      export const adapter = (config) => own.adapter('ca' in config ? config : { ...config, ...overlay });
      export { adapter as ${factory} };`;
    return { format: 'module', shortCircuit: true, source };
  },
});
