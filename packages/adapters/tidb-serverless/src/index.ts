export { tidbServerless, tidbServerless as adapter } from './adapter.ts';
export {
  fromUrl,
  type InjectedConnection,
  type TidbServerlessConfig,
  type TidbServerlessConnectionConfig,
  type TidbServerlessServerConfig,
} from './config.ts';
export type { Fetch, FetchInit, FetchResponse } from './fetch.ts';
