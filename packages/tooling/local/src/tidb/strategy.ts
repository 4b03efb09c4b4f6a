import { enginePassword, firstUser } from '../engine-source.ts';
import type { Strategy } from '../strategy.ts';
import type { TidbServerlessConfig, TidbServerlessDefaults } from './config.ts';
import type { TidbEndpoint } from './controls.ts';
import { TidbServer } from './endpoint.ts';
import { tidbSessionVariables } from './session-variables.ts';
import { UserNames } from './user-names.ts';

const clusterPrefix = '3pTAoNNegb47Uc8';

/** TiDB Cloud's HTTP service, before MySQL. */
export const tidbStrategy: Strategy<TidbServerlessConfig, TidbEndpoint, TidbServerlessDefaults> = {
  engine: 'mysql',
  adapter: 'tidb-serverless',
  async open(engine, { region, clock, log, users, onStatement }) {
    const server = await TidbServer.open({
      engine,
      region,
      clock,
      log,
      onStatement,
      users: new UserNames(users, clusterPrefix),
      enginePassword: (user) => enginePassword(engine, user),
      dataServiceUser: firstUser,
      sessionVariables: await tidbSessionVariables(engine),
    });
    const user = server.clientUser(firstUser);
    const { host, fetch } = server;
    const password = () => server.passwordOf(firstUser);
    return {
      endpoint: server,
      defaults: { fetch },
      config: (database) => ({ adapter: 'tidb-serverless', host, user, password: password(), database, fetch }),
      url: (database) => `tidb-serverless://${user}:${encodeURIComponent(password())}@${host}/${database}`,
      close: () => server.close(),
    };
  },
};
