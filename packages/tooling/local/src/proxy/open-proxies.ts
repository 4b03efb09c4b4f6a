import type { Socket } from 'node:net';
import type { Outcome } from '../configs.ts';
import type { Engine } from '../engine.ts';
import type { IamGateway } from '../gateway.ts';
import { openIamGateway } from '../iam-strategy.ts';
import type { EngineName } from '../local.ts';
import type { StrategySettings } from '../strategy.ts';
import type { Backend } from './backend-pool.ts';
import { serveProxiedMysql } from './mysql/serve.ts';
import { serveProxiedPostgres } from './postgres/serve.ts';
import { describeProxy, ProxyState, type RdsProxy } from './rds-proxy.ts';

/** A proxy, or the reason why it is not there, for each adapter that can use one. */
export interface OpenProxies {
  readonly 'iam-pg': Outcome<OpenProxy>;
  readonly 'iam-mysql2': Outcome<OpenProxy>;
}

interface OpenProxy {
  readonly endpoint: RdsProxy;
  close(): Promise<void>;
}

/** Opens an RDS Proxy before each engine that is there. It connects to the engine when a client first logs in. */
export async function openProxies(
  engines: Readonly<Record<EngineName, Outcome<Engine>>>,
  settingsOf: (adapter: keyof OpenProxies, engine: EngineName) => StrategySettings,
): Promise<OpenProxies> {
  const [postgres, mysql] = [settingsOf('iam-pg', 'postgres'), settingsOf('iam-mysql2', 'mysql')];
  return {
    'iam-pg': await openProxy(engines.postgres, postgres, 'prx-LOCALPOSTGRESQL', serveProxiedPostgres),
    'iam-mysql2': await openProxy(engines.mysql, mysql, 'prx-LOCALMYSQL', serveProxiedMysql),
  };
}

async function openProxy<B extends Backend>(
  engine: Outcome<Engine>,
  settings: StrategySettings,
  resourceId: string,
  serve: (socket: Socket, gateway: IamGateway, state: ProxyState<B>) => Promise<void>,
): Promise<Outcome<OpenProxy>> {
  if ('absent' in engine) return engine;
  const state = new ProxyState<B>();
  const signingHost = `shop-proxy.proxy-abc123.${settings.region}.rds.amazonaws.com`;
  const gateway = await openIamGateway(engine, settings, {
    hosts: ['localhost', '127.0.0.1', signingHost],
    resourceId,
    serve: (socket, through) => serve(socket, through, state),
  });
  return {
    endpoint: describeProxy(gateway, signingHost, state),
    async close() {
      await gateway.close();
      state.pool.close();
    },
  };
}
