import { createHash } from 'node:crypto';
import { firstUser } from '../engine-source.ts';
import type { DataApiConfig, DataApiDefaults, EngineName } from '../local.ts';
import type { Strategy } from '../strategy.ts';
import { account } from './access.ts';
import type { DataApi } from './data-api.ts';
import type { DataApiEngine } from './engine.ts';
import { DataApiServer } from './server.ts';
import { DataApiService } from './service.ts';

/** The RDS Data API: an HTTP endpoint before the engine, with a cluster and one secret for every user. */
export function dataApiStrategy<E extends EngineName>(
  engine: E,
  dialect: () => DataApiEngine,
): Strategy<DataApiConfig<E>, DataApi, DataApiDefaults> {
  return {
    engine,
    adapter: 'data-api',
    async open(running, { region, clock, log, credentials, users, onStatement }) {
      const service = new DataApiService(running, dialect(), clock);
      const resourceArn = `arn:aws:rds:${region}:${account}:cluster:sqlport-${engine}`;
      const secretArnOf = (user: string) =>
        `arn:aws:secretsmanager:${region}:${account}:secret:sqlport/${secretName(user)}`;
      const server = await DataApiServer.open(
        { region, resourceArn, secretArnOf, user: firstUser, clock, log, onStatement },
        service,
      );
      server.credentials.set(credentials.accessKeyId, { secretAccessKey: credentials.secretAccessKey });
      server.policy.push({ accessKeyId: credentials.accessKeyId, action: '*', resource: '*' });
      server.clusters.set(resourceArn, {});
      const admit = (user: string): void => {
        server.secrets.set(secretArnOf(user), { user });
      };
      for (const user of users) admit(user);
      const { endpoint, secretArn } = server;
      return {
        endpoint: server,
        defaults: { credentials },
        config: (database) => ({
          adapter: 'data-api',
          engine,
          resourceArn,
          secretArn,
          database,
          region,
          credentials,
          endpoint,
        }),
        url: (database) => {
          const query = Object.entries({ resourceArn, secretArn, endpoint })
            .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
            .join('&');
          return `data-api://${engine}/${encodeURIComponent(database)}?${query}`;
        },
        admit,
        close: () => server.close(),
      };
    },
  };
}

/** A name that Secrets Manager would take, with the six characters it adds to every name. */
function secretName(user: string): string {
  const suffix = createHash('sha256').update(user).digest('hex').slice(0, 6);
  return `${user.replace(/[^A-Za-z0-9+=.@_-]/g, '_').slice(0, 24)}-${suffix}`;
}
