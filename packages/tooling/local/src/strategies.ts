import { mysqlDataApi } from './data-api/mysql/engine.ts';
import { postgresDataApi } from './data-api/postgres/engine.ts';
import { dataApiStrategy } from './data-api/strategy.ts';
import { iamStrategy } from './iam-strategy.ts';
import type { LocalConfigs, LocalDefaults, LocalEndpoints, StrategyName } from './local.ts';
import { serveMysql } from './mysql/gateway.ts';
import { servePostgres } from './postgres/gateway.ts';
import type { Strategy } from './strategy.ts';
import { tidbStrategy } from './tidb/strategy.ts';

/** Every strategy that can be had on this machine, by the name under which `Local` shows it. */
export const strategies: {
  readonly [N in StrategyName]: Strategy<LocalConfigs[N], LocalEndpoints[N], LocalDefaults[LocalConfigs[N]['adapter']]>;
} = {
  'iam-pg': iamStrategy('iam-pg', 'postgres', 'cluster-LOCALPOSTGRESQL', servePostgres),
  'iam-mysql2': iamStrategy('iam-mysql2', 'mysql', 'cluster-LOCALMYSQL', serveMysql),
  'tidb-serverless': tidbStrategy,
  'data-api-postgres': dataApiStrategy('postgres', postgresDataApi),
  'data-api-mysql': dataApiStrategy('mysql', mysqlDataApi),
};
