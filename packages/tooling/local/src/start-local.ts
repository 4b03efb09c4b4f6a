import { randomBytes } from 'node:crypto';
import { createAuthority } from './certificates.ts';
import { configsFor, describeEngine, forEachAdapter, type Outcome, urlsFor } from './configs.ts';
import {
  type EndpointSettings,
  enginePassword,
  firstDatabase,
  firstUser,
  openEndpoint,
  type Protocol,
} from './endpoint.ts';
import type { Local, LocalDatabase, LocalDefaults, LocalOptions } from './local.ts';
import { mysqlProtocol } from './mysql/protocol.ts';
import { postgresProtocol } from './postgres/protocol.ts';
import { type Supervisor, startSupervisor } from './supervision.ts';

const mariadbWarning =
  'There is only MariaDB in place of MySQL. It differs, and knows no time zones by name: take no result for MySQL’s.';

/**
 * Starts real engines and, before each, a gateway that behaves as RDS with IAM authentication does. Nothing has to be
 * set up by hand, and nothing is left when `close()` has been called or this process has died, however it died.
 *
 * An engine that cannot be had is left out, with a warning that says what to install. Throws when none is left, and
 * when a server given by URL cannot be used.
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const warn = options.log ?? ((line: string) => process.emitWarning(line, 'SqlportLocalWarning'));
  const users = new Set([firstUser]);
  const authority = await createAuthority('sqlport local');
  const defaults: LocalDefaults = {
    region: options.region ?? 'us-east-1',
    ca: authority.pem,
    credentials: {
      accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
    },
  };
  const settings: EndpointSettings = {
    region: defaults.region,
    credentials: defaults.credentials,
    clock: options.clock ?? Date.now,
    log: options.log ?? (() => {}),
    authority,
    users,
  };

  let supervisor: Promise<Supervisor> | undefined;
  const open = async (protocol: Protocol, choice: boolean | { readonly url?: string }): Promise<Outcome> => {
    if (choice === false) return { absent: `${protocol.engineName} was not asked for.` };
    const url = (choice === true ? undefined : choice.url) ?? process.env[protocol.urlVariable];
    if (url) return openEndpoint(await protocol.open(url), protocol, settings);
    supervisor ??= startSupervisor();
    const engine = await protocol.start(await supervisor, settings.log).catch((error: Error) => error);
    if (engine instanceof Error) {
      warn(engine.message);
      return { absent: engine.message };
    }
    if (engine.kind === 'MariaDB') warn(mariadbWarning);
    return openEndpoint(engine, protocol, settings);
  };
  const settled = await Promise.allSettled([
    open(postgresProtocol, options.postgres ?? true),
    open(mysqlProtocol, options.mysql ?? true),
  ]);

  const outcomes = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const endpoints = outcomes.filter((outcome) => 'engine' in outcome);
  const databases = new Set<LocalDatabase>();
  const close = async (): Promise<void> => {
    await Promise.all(endpoints.map(({ gateway }) => gateway.close()));
    await Promise.all([...databases].map((database) => database.drop()));
    await (await supervisor)?.close();
  };
  const failure = settled.find((result) => result.status === 'rejected');
  if (failure || endpoints.length === 0) {
    await close();
    throw failure
      ? failure.reason
      : new Error(outcomes.map((outcome) => 'absent' in outcome && outcome.absent).join('\n'));
  }

  const [postgres, mysql] = outcomes as [Outcome, Outcome];
  const byAdapter = { 'iam-pg': postgres, 'iam-mysql2': mysql };
  let closed: Promise<void> | undefined;
  const local: Local = {
    configs: configsFor(byAdapter, firstDatabase, defaults),
    urls: urlsFor(byAdapter, firstDatabase, defaults),
    defaults,
    ca: defaults.ca,
    postgres: describeEngine(postgres),
    mysql: describeEngine(mysql),
    gateways: forEachAdapter(byAdapter, ({ gateway }) => gateway) as Local['gateways'],
    async createDatabase() {
      const name = `sqlport_${randomBytes(6).toString('hex')}`;
      await Promise.all(endpoints.map(({ engine }) => engine.ensureDatabase(name, firstUser)));
      const drop = async (): Promise<void> => {
        databases.delete(database);
        await Promise.all(endpoints.map(({ engine }) => engine.dropDatabase(name)));
      };
      const database: LocalDatabase = {
        name,
        configs: configsFor(byAdapter, name, defaults),
        urls: urlsFor(byAdapter, name, defaults),
        drop,
        [Symbol.asyncDispose]: drop,
      };
      databases.add(database);
      return database;
    },
    async createUser(user) {
      await Promise.all(endpoints.map(({ engine }) => engine.ensureUser(user, enginePassword(engine, user))));
      users.add(user);
    },
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => local.close(),
  };
  return local;
}
