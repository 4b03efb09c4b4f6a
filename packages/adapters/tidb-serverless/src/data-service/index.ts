export type { DataServiceConfig } from './config.ts';
export {
  type CallOptions,
  type DataService,
  type DataServiceColumn,
  type DataServiceParams,
  type DataServiceResult,
  dataService,
} from './data-service.ts';
