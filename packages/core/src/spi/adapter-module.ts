import type { Adapter } from './adapter.ts';

/** Makes an adapter from its configuration. Throws `CONFIG` that names the wrong field; opens nothing. */
export type AdapterFactory<C> = (config: C) => Adapter;

/** What an adapter package exports, so that `defineConnector` can load it. `C` is its configuration. */
export interface AdapterModule<C> {
  readonly adapter: AdapterFactory<C>;
  /** Reads the adapter's URL into its configuration. Throws `CONFIG` without repeating the URL. */
  readonly fromUrl: (url: string) => C;
}
