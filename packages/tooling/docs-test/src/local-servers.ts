/**
 * Loaded before an example, by `--import`: leads the adapters that it configures to local servers. What it says about
 * host, user and database was checked by the compiler, and would need a cloud account to be run. A configuration with
 * `credentials` of its own is of a local server already.
 */
import { registerHooks } from 'node:module';
import { type LocalServers, SERVERS } from './servers.ts';

const { configs, origins }: LocalServers = JSON.parse(process.env[SERVERS] ?? '{ "configs": {}, "origins": {} }');
const SCOPE = '@sqlport/';
const LED = '?led-to-the-local-server-of=';

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = specifier.startsWith(SCOPE) ? specifier.slice(SCOPE.length) : '';
    return Object.hasOwn(configs, name) ? { ...found, url: found.url + LED + name } : found;
  },
  load(url, context, next) {
    const [module, name] = url.split(LED);
    if (name === undefined) return next(url, context);
    // An adapter's factory has two names: `adapter`, and its own.
    const factory = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const source = `import * as own from ${JSON.stringify(module)};
      export * from ${JSON.stringify(module)};
      const local = ${JSON.stringify(configs[name])};
      export const adapter = (config) => own.adapter('credentials' in config ? config : { ...config, ...local });
      export { adapter as ${factory} };`;
    return { format: 'module', shortCircuit: true, source };
  },
});

const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  const { origin, pathname, search } = new URL(request.url);
  const local = origins[origin];
  return fetch(local === undefined ? request : new Request(local + pathname + search, request));
};
