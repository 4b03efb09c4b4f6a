import { enginePassword, firstUser } from './engine-source.ts';
import { type Gateway, IamGateway, type Serve } from './gateway.ts';
import type { EngineName, IamConfig, IamDefaults } from './local.ts';
import type { Strategy } from './strategy.ts';

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
    async open(running, { region, clock, log, authority, credentials, users, onStatement }) {
      const gateway = await IamGateway.open({
        hosts: hostNames(region),
        region,
        resourceId,
        clock,
        authority,
        upstream: running.address,
        passwordOf: (user) => (users.has(user) ? enginePassword(running, user) : undefined),
        log,
        onStatement,
        serve,
      });
      gateway.credentials.set(credentials.accessKeyId, { secretAccessKey: credentials.secretAccessKey });
      gateway.policy.push({ accessKeyId: credentials.accessKeyId, user: '*', resourceId });
      const { host, port } = gateway;
      const defaults = { region, ca: authority.pem, credentials };
      return {
        endpoint: gateway,
        defaults,
        config: (database) => ({
          adapter,
          host,
          port,
          user: firstUser,
          database,
          ...defaults,
        }),
        url: (database) => `${adapter}://${firstUser}@${host}:${port}/${database}?region=${region}`,
        close: () => gateway.close(),
      };
    },
  };
}

/** The names an RDS cluster would have, besides those that lead here. */
const hostNames = (region: string): readonly string[] => [
  'localhost',
  '127.0.0.1',
  ...['shop.cluster-abc123', 'shop.cluster-ro-abc123', 'shop-1.abc123', 'shop-proxy.proxy-abc123'].map(
    (name) => `${name}.${region}.rds.amazonaws.com`,
  ),
];
