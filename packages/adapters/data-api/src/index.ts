export { dataApi, dataApi as adapter } from './adapter.ts';
export {
  type DataApiClientConfig,
  type DataApiConfig,
  type DataApiEndpointConfig,
  fromUrl,
} from './config.ts';
