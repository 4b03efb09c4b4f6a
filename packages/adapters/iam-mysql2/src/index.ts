export { iamMysql2, iamMysql2 as adapter } from './adapter.ts';
export { fromUrl, type IamMysql2Config, type IamMysql2PoolConfig, type IamMysql2ServerConfig } from './config.ts';
export type { InjectedPool } from './injected-pool.ts';
