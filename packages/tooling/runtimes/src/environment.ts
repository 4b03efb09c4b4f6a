import type { Faults } from '@sqlport/conformance';
import { httpFaults, type IamConfigChange, iamFaults } from '@sqlport/conformance/faults';
import type { Dialect } from '@sqlport/core';
import { type Local, type LocalDatabase, type StrategyName, startLocal } from '@sqlport/local';
import { endSessions } from './end-sessions.ts';
import { serveFaults } from './fault-server.ts';
import type { Assignment, Configuration } from './program/assignment.ts';

/** Engines to share: URLs of their superusers. */
export type Servers = Readonly<Record<Dialect, string>>;

/** An endpoint, a database and faults of one run's own. */
export interface Environment extends AsyncDisposable {
  readonly assignment: Assignment;
}

/** What a strategy has beyond its name. */
type Plan = Pick<Assignment, 'configuration' | 'wire' | 'urlsNameServers' | 'divergences' | 'secrets'> & {
  readonly faults: Faults<Configuration>;
};

interface Given {
  readonly local: Local;
  readonly database: LocalDatabase;
  /** URL of the engine's superuser. */
  readonly server: string;
  readonly clock: { aheadMs: number };
}

const ENGINES: Readonly<Record<StrategyName, Dialect>> = {
  'iam-pg': 'postgres',
  'iam-mysql2': 'mysql',
  'data-api-postgres': 'postgres',
  'data-api-mysql': 'mysql',
  'tidb-serverless': 'mysql',
};

/** All strategies, in the order of the table. */
export const STRATEGIES = Object.keys(ENGINES) as readonly StrategyName[];

/** Starts what a run on a strategy needs, over engines that run already. */
export async function openEnvironment(strategy: StrategyName, servers: Servers): Promise<Environment> {
  const dialect = ENGINES[strategy];
  const clock = { aheadMs: 0 };
  await using stack = new AsyncDisposableStack();
  const local = stack.use(
    await startLocal({
      postgres: dialect === 'postgres' && { url: servers.postgres },
      mysql: dialect === 'mysql' && { url: servers.mysql },
      clock: () => Date.now() + clock.aheadMs,
    }),
  );
  const database = await local.createDatabase();
  const { faults, ...plan } = planOf(strategy, { local, database, server: servers[dialect], clock });
  const { address } = stack.use(await serveFaults(faults));
  const { adapter } = database.configs[strategy];
  const kept = stack.move();
  return {
    assignment: { name: strategy, adapter, dialect, ...plan, faultServer: address },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function planOf(strategy: StrategyName, given: Given): Plan {
  switch (strategy) {
    case 'iam-pg':
    case 'iam-mysql2':
      return overIam(strategy, given);
    case 'data-api-postgres':
    case 'data-api-mysql':
      return overDataApi(strategy, given);
    case 'tidb-serverless':
      return overTidb(given);
  }
}

function overIam(strategy: 'iam-pg' | 'iam-mysql2', { local, database, server, clock }: Given): Plan {
  const { hostname, port, username, password } = new URL(server);
  const engine = { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password) };
  const configured = (change: IamConfigChange = {}) => ({ fields: { ...database.configs[strategy], ...change } });
  return {
    configuration: configured(),
    wire: 'connections',
    urlsNameServers: true,
    secrets: [local.credentials.secretAccessKey, engine.password, 'X-Amz-Signature'],
    faults: iamFaults({
      adapter: configured,
      useCertificate: (kind) => local.endpoints[strategy].useCertificate(kind),
      setClockAhead(ms) {
        clock.aheadMs = ms;
      },
      engine,
    }),
  };
}

function overDataApi(strategy: 'data-api-postgres' | 'data-api-mysql', given: Given): Plan {
  const { local, database, server } = given;
  const config = database.configs[strategy];
  const endpoint = local.endpoints[strategy];
  const { accessKeyId, secretAccessKey } = config.credentials;
  const configured = (change: object = {}): Configuration => ({ fields: { ...config, ...change } });
  return {
    configuration: configured(),
    wire: 'requests',
    urlsNameServers: false,
    divergences: {
      'query/long-statement': 'The API takes statements of 65,536 characters.',
      'values-in/long-text': 'The API returns results of 1 MiB.',
    },
    secrets: [secretAccessKey],
    faults: {
      ...httpFaults({
        over: (port) => configured({ endpoint: `http://127.0.0.1:${port}` }),
        port: endpoint.port,
        endSessions: () => endSessions(config.engine, server, database.name),
      }),
      'unknown-host': () => ({ adapter: configured({ endpoint: 'https://nobody.invalid' }) }),
      'wrong-database': () => ({ adapter: configured({ database: 'no_such_database' }) }),
      'wrong-login': () => ({
        adapter: configured({ credentials: { accessKeyId, secretAccessKey: 'not the key' } }),
      }),
      'wrong-region': () => ({ adapter: configured({ region: 'eu-central-1' }) }),
      'expired-login': () => {
        endpoint.credentials.set(accessKeyId, { secretAccessKey, expiresAt: 1 });
        return { adapter: configured(), end: () => void endpoint.credentials.set(accessKeyId, { secretAccessKey }) };
      },
    },
  };
}

function overTidb({ local, database, server }: Given): Plan {
  const { fetch: _, ...config } = database.configs['tidb-serverless'];
  const { port } = local.endpoints['tidb-serverless'];
  const configured = (change: object = {}, fetchPort = port): Configuration => ({
    fields: { ...config, ...change },
    fetchPort,
  });
  return {
    configuration: configured(),
    wire: 'requests',
    urlsNameServers: true,
    divergences: {
      'abort/in-transaction-outcome':
        'Where the session was lost the statement ran by itself, and only its answer would have told.',
      'query/rows-matched': 'The wire counts the rows that an UPDATE changed, not those that it matched.',
    },
    secrets: [config.password, btoa(`${config.user}:${config.password}`)],
    faults: {
      ...httpFaults({
        over: (relay) => configured({}, relay),
        port,
        endSessions: () => endSessions('mysql', server, database.name),
      }),
      'unknown-host': () => ({ adapter: { fields: { ...config, host: 'nobody.invalid' } } }),
      'wrong-database': () => ({ adapter: configured({ database: 'no_such_database' }) }),
      'wrong-login': () => ({ adapter: configured({ password: 'not-the-password' }) }),
    },
  };
}
