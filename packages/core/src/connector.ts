import { connect } from './connect.ts';
import type { Connection, ConnectOptions } from './connection.ts';
import { ConnectorError, isConnectorError } from './errors.ts';
import type { Adapter } from './spi/adapter.ts';
import type { AdapterModule } from './spi/adapter-module.ts';

/** An adapter module of whatever configuration. */
interface AnyModule {
  readonly adapter: (config: never) => Adapter;
  readonly fromUrl: (url: string) => unknown;
}

/**
 * Which adapters an application may use, and how each is loaded: `{ 'iam-pg': () => import('@sqlport/iam-pg') }`.
 * A table kept in a variable must keep its own type: `const loaders = { … } satisfies Loaders`.
 */
export type Loaders = Readonly<Record<string, () => Promise<AnyModule>>>;

type ModuleOf<L extends Loaders, K extends keyof L> = Awaited<ReturnType<L[K]>>;
type ConfigOfModule<M extends AnyModule> = Parameters<M['adapter']>[0];
/** Distributes, so that a configuration of several kinds keeps them. */
type WithoutName<C> = C extends unknown ? Omit<C, 'adapter'> : never;
type FieldsOf<M extends AnyModule> = WithoutName<ConfigOfModule<M>>;
/** What a module's `fromUrl` makes must be what its `adapter` takes. */
type Fitting<L extends Loaders> = { [K in keyof L]: () => Promise<AdapterModule<ConfigOfModule<ModuleOf<L, K>>>> };

/** The configuration of one of the loaders' adapters; `adapter` names it. */
export type ConfigOf<L extends Loaders> = {
  [K in keyof L]: { readonly adapter: K } & FieldsOf<ModuleOf<L, K>>;
}[keyof L];

/** Options of {@link defineConnector}. */
export interface ConnectorOptions<L extends Loaders> extends ConnectOptions {
  /**
   * Fields by adapter that a configuration need not repeat, and that a URL cannot hold: `ca`, `credentials` and
   * whatever else decides trust. The configuration wins.
   */
  readonly defaults?: { readonly [K in keyof L]?: Partial<FieldsOf<ModuleOf<L, K>>> } | undefined;
}

/**
 * Makes a function that opens a connection from configuration alone: an object with `adapter`, or a URL whose scheme
 * is the adapter's name. Only the adapter that is asked for is loaded.
 * It rejects with `CONFIG` for anything else, also for undefined, which an unset environment variable is.
 */
export function defineConnector<const L extends Loaders>(
  loaders: L & Fitting<L>,
  options: ConnectorOptions<NoInfer<L>> = {},
): (config: ConfigOf<L> | string | undefined) => Promise<Connection> {
  checkTable(loaders, options);
  const { defaults = {}, ...connectOptions } = options;
  return async (config) => {
    const name = adapterNameOf(config, Object.keys(loaders));
    const module = await load(name, loaders[name] as L[string]);
    const adapter = configured(name, () => {
      const fields = (typeof config === 'string' ? module.fromUrl(config) : config) as object;
      const merged = { ...(defaults as Record<string, object>)[name], ...given(fields), adapter: name };
      return (module.adapter as (config: object) => Adapter)(merged);
    });
    return connect(adapter, connectOptions);
  };
}

/** Throws `CONFIG` for a table that is none, and for defaults of an adapter that it does not have. */
function checkTable(loaders: unknown, options: unknown): void {
  for (const [name, value] of Object.entries({ 'The table of loaders': loaders, 'The options': options })) {
    if (isObject(value)) continue;
    throw new ConnectorError('CONFIG', `${name} of defineConnector() must be an object.`);
  }
  for (const [name, loader] of Object.entries(loaders as object)) {
    if (typeof loader === 'function') continue;
    throw new ConnectorError('CONFIG', `The loader of ${name} must be a function that imports its package.`);
  }
  const { defaults } = options as { readonly defaults?: unknown };
  if (defaults === undefined) return;
  if (!isObject(defaults))
    throw new ConnectorError('CONFIG', 'Option defaults must be an object, with a key for each adapter.');
  for (const [name, fields] of Object.entries(defaults)) {
    if (Object.hasOwn(loaders as object, name) && (fields === undefined || isObject(fields))) continue;
    const known = Object.keys(loaders as object).join(', ');
    throw new ConnectorError(
      'CONFIG',
      `Option defaults has "${name}"; it takes an object of fields for each of: ${known}.`,
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A field that is undefined counts as left out; it must not hide a default. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** An adapter of somebody else's may throw anything, and native errors of URLs hold the whole URL. */
function configured(name: string, make: () => Adapter): Adapter {
  try {
    return make();
  } catch (cause) {
    if (isConnectorError(cause)) throw cause;
    throw new ConnectorError('CONFIG', `Adapter ${name} did not accept its configuration.`, { adapter: name, cause });
  }
}

/** Never repeats the configuration in its errors: a URL may hold a password. */
function adapterNameOf(config: unknown, known: readonly string[]): string {
  const choices = `Known here: ${known.join(', ')}.`;
  if (config === undefined || config === '') {
    throw new ConnectorError(
      'CONFIG',
      `There is no configuration: it is ${config === '' ? 'an empty text' : 'undefined'}. Is the environment variable set? ${choices}`,
    );
  }
  const name =
    typeof config === 'string'
      ? /^([a-z][a-z0-9+.-]*):/i.exec(config)?.[1]?.toLowerCase()
      : (config as { adapter?: unknown } | null)?.adapter;
  if (typeof name === 'string' && known.includes(name)) return name;
  const what = typeof config === 'string' ? 'The scheme of the URL' : 'Field adapter of the configuration';
  throw new ConnectorError('CONFIG', `${what} must name the adapter. ${choices}`);
}

async function load(name: string, loader: () => Promise<AnyModule>): Promise<AnyModule> {
  let module: AnyModule;
  try {
    module = await loader();
  } catch (cause) {
    throw new ConnectorError('CONFIG', `The package of adapter ${name} could not be loaded. Is it installed?`, {
      cause,
    });
  }
  if (typeof module?.adapter === 'function' && typeof module.fromUrl === 'function') return module;
  throw new ConnectorError(
    'CONFIG',
    `What the loader of ${name} returns is no adapter module: it needs adapter and fromUrl.`,
  );
}
