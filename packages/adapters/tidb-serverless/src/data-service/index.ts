export type { DataServiceConfig } from './config.ts';
export { type DataService, dataService } from './data-service.ts';
export type { CallOptions, DataServiceParams } from './request.ts';
export type { DataServiceColumn, DataServiceResult } from './result.ts';
