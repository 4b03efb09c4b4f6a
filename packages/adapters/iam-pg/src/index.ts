export { iamPg, iamPg as adapter } from './adapter.ts';
export { fromUrl, type IamPgConfig, type IamPgPoolConfig, type IamPgServerConfig } from './config.ts';
export type { InjectedClient, InjectedPool } from './injected-pool.ts';
