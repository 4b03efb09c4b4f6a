import {
  type Adapter,
  BASIC_TRAITS,
  ISOLATION_LEVELS,
  loadPackage,
  type OpenOptions,
  type Traits,
} from '@sqlport/core/spi';
import { ApiClient, type Sdk } from './api-client.ts';
import { checkConfig, type DataApiConfig, type DataApiEndpointConfig, NAME, regionOf } from './config.ts';
import { DataApiDriver } from './driver.ts';
import { MAX_STATEMENT_LENGTH } from './long-statement.ts';
import { type Client, ready } from './send-once.ts';
import { StatementRunner } from './statement-runner.ts';

const BOTH = {
  ...BASIC_TRAITS,
  transactions: true,
  isolationLevels: ISOLATION_LEVELS,
  maxStatementBytes: MAX_STATEMENT_LENGTH,
} as const;

const TRAITS: Readonly<Record<'mysql' | 'postgres', Traits>> = {
  postgres: { ...BOTH, dialect: 'postgres', streams: 'incremental', interleavedStreams: true },
  // There are no cursors outside of MySQL's procedures.
  mysql: { ...BOTH, dialect: 'mysql' },
};

/**
 * Aurora over HTTPS with the RDS Data API: no VPC, no pool, no password here. Opens and loads nothing yet.
 * Throws `CONFIG` that names the wrong field.
 */
export function dataApi(config: DataApiConfig): Adapter {
  checkConfig(config);
  const { engine, resourceArn, secretArn, database, continueAfterTimeout = 'ddl' } = config;
  return {
    specVersion: 1,
    name: NAME,
    traits: TRAITS[engine],
    async open({ values }: OpenOptions) {
      const sdk = await loadPackage('@aws-sdk/client-rds-data', () => import('@aws-sdk/client-rds-data'));
      const own = config.client === undefined ? { client: newClient(sdk, config), max: config.max ?? 50 } : undefined;
      const target = { resourceArn, secretArn, database };
      const api = new ApiClient(own?.client ?? (config.client as Client), sdk as Sdk, target, own?.max);
      const runner = new StatementRunner(api, engine, values);
      const context = {
        api,
        engine,
        runner,
        continueDdl: continueAfterTimeout === 'ddl',
        end: () => own?.client.destroy(),
      };
      return new DataApiDriver(context);
    },
  };
}

function newClient({ RDSDataClient }: typeof import('@aws-sdk/client-rds-data'), config: DataApiEndpointConfig) {
  const { credentials, profile, endpoint, connectTimeoutMs = 5_000, requestTimeoutMs = 60_000 } = config;
  // Requests wait for their turn and not for a socket: the SDK would take that for a connection which cannot be made.
  // Deno's node:http sends a request again when its kept-alive connection is lost or the request is aborted
  // (denoland/deno#36786): what may have been applied would be applied twice.
  const agent = { keepAlive: !('Deno' in globalThis), maxSockets: Number.POSITIVE_INFINITY };
  const client = new RDSDataClient({
    // Nobody else adds middleware to it, so that none has to be put together anew for each request.
    cacheMiddleware: true,
    region: regionOf(config),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  return ready(client);
}
