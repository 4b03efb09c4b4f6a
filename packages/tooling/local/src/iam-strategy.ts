import type { Engine } from './engine.ts';
import { enginePassword, firstUser } from './engine-source.ts';
import { type Gateway, type GatewaySettings, IamGateway, type Serve } from './gateway.ts';
import type { EngineName, IamConfig, IamDefaults } from './local.ts';
import type { Strategy, StrategySettings } from './strategy.ts';

/** TCP with an IAM token: a gateway before the engine. `resourceId`: what policies call the gateway. */
export function iamStrategy<A extends string>(
  adapter: A,
  engine: EngineName,
  resourceId: string,
  serve: Serve,
): Strategy<IamConfig<A>, Gateway, IamDefaults> {
  return {
    engine,
    adapter,
    async open(running, settings) {
      const { region, authority, credentials } = settings;
      const gateway = await openIamGateway(running, settings, { hosts: hostNames(region), resourceId, serve });
      const { host, port } = gateway;
      const defaults = { region, ca: authority.pem, credentials };
      return {
        endpoint: gateway,
        defaults,
        config: (database) => ({ adapter, host, port, user: firstUser, database, ...defaults }),
        url: (database) => `${adapter}://${firstUser}@${host}:${port}/${database}?region=${region}`,
        close: () => gateway.close(),
      };
    },
  };
}

/** Opens a gateway that admits the credentials of this `Local`, as every user. */
export async function openIamGateway(
  running: Pick<Engine, 'url' | 'address'>,
  { region, clock, log, onStatement, authority, credentials, users }: StrategySettings,
  { hosts, resourceId, serve }: Pick<GatewaySettings, 'hosts' | 'resourceId' | 'serve'>,
): Promise<IamGateway> {
  const gateway = await IamGateway.open({
    hosts,
    region,
    resourceId,
    clock,
    authority,
    // Asked for each connection: behind an endpoint of a cluster another server may stand in the meantime.
    upstream: () => running.address,
    passwordOf: (user) => (users.has(user) ? enginePassword(running, user) : undefined),
    log,
    onStatement,
    serve,
  });
  gateway.credentials.set(credentials.accessKeyId, { secretAccessKey: credentials.secretAccessKey });
  gateway.policy.push({ accessKeyId: credentials.accessKeyId, user: '*', resourceId });
  return gateway;
}

/** The names an RDS cluster would have, besides those that lead here. */
const hostNames = (region: string): readonly string[] => [
  'localhost',
  '127.0.0.1',
  ...['shop.cluster-abc123', 'shop.cluster-ro-abc123', 'shop-1.abc123'].map(
    (name) => `${name}.${region}.rds.amazonaws.com`,
  ),
];
