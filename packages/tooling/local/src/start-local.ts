import { randomBytes } from 'node:crypto';
import { createAuthority } from './certificates.ts';
import { defaultsOf, describeEngine, forEachStrategy, type Opened, type Outcome, reachedBy } from './configs.ts';
import type { Engine } from './engine.ts';
import { type EngineSource, enginePassword, firstDatabase, firstUser, prepareEngine } from './engine-source.ts';
import type { EngineName, Local, LocalDatabase, LocalOptions, StrategyName } from './local.ts';
import { mysqlSource } from './mysql/source.ts';
import { postgresSource } from './postgres/source.ts';
import { openProxies } from './proxy/open-proxies.ts';
import { strategies } from './strategies.ts';
import type { OpenStrategy, Strategy, StrategySettings } from './strategy.ts';
import { type Supervisor, startSupervisor } from './supervision.ts';

const mariadbWarning =
  'There is only MariaDB in place of MySQL. It differs, and knows no time zones by name: take no result for MySQL’s.';

/**
 * Starts real engines and, before each, the endpoints through which clients reach it in the cloud. Nothing has to be
 * set up by hand, and nothing is left when `close()` has been called or this process has died, however it died.
 *
 * An engine that cannot be had is left out, with a warning that says what to install. Throws when none is left, and
 * when a server given by URL cannot be used.
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const warn = options.log ?? ((line: string) => process.emitWarning(line, 'SqlportLocalWarning'));
  const users = new Set([firstUser]);
  const authority = await createAuthority('sqlport local');
  const region = options.region ?? 'us-east-1';
  const ca = authority.pem;
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const log = options.log ?? (() => {});
  const settings = { region, credentials, clock: options.clock ?? Date.now, log, authority, users };

  let supervisor: Promise<Supervisor> | undefined;
  const openEngine = async (
    source: EngineSource,
    choice: boolean | { readonly url?: string } = true,
  ): Promise<Outcome<Engine>> => {
    if (choice === false) return { absent: `${source.engineName} was not asked for.` };
    const given = choice === true ? undefined : choice.url;
    if (given && options.hostile) {
      throw new Error('A server given by URL keeps its own settings: leave out either `hostile` or `url`.');
    }
    const url = given ?? (options.hostile ? undefined : process.env[source.urlVariable]);
    if (url) return source.open(url);
    supervisor ??= startSupervisor();
    const engine = await source.start(await supervisor, log, options).catch((error: Error) => error);
    if (engine instanceof Error) {
      warn(engine.message);
      return { absent: engine.message };
    }
    if (engine.kind === 'MariaDB') warn(mariadbWarning);
    return engine;
  };

  const opened: OpenStrategy[] = [];
  const proxiesToClose: { close(): Promise<void> }[] = [];
  const databases = new Set<LocalDatabase>();
  const close = async (): Promise<void> => {
    await Promise.all([...opened, ...proxiesToClose].map((endpoint) => endpoint.close()));
    await Promise.all([...databases].map((database) => database.drop()));
    await (await supervisor)?.close();
  };
  const settingsOf = (strategy: StrategyName, engine: EngineName): StrategySettings => ({
    ...settings,
    onStatement: (text) => options.onStatement?.({ strategy, engine, text }),
  });
  const openStrategy = async (
    name: StrategyName,
    strategy: Strategy,
    engine: Outcome<Engine>,
  ): Promise<Outcome<OpenStrategy>> => {
    if ('absent' in engine) return engine;
    const open = await strategy.open(engine, settingsOf(name, strategy.engine));
    opened.push(open);
    return open;
  };

  try {
    const [postgres, mysql] = await allSettled([
      openEngine(postgresSource, options.postgres),
      openEngine(mysqlSource, options.mysql),
    ]);
    const engines = [postgres, mysql].filter((engine): engine is Engine => !('absent' in engine));
    if (engines.length === 0) {
      throw new Error([postgres, mysql].map((engine) => ('absent' in engine ? engine.absent : '')).join('\n'));
    }
    await Promise.all(engines.map(prepareEngine));
    const byEngine = { postgres, mysql };

    const byName = Object.fromEntries(
      await allSettled(
        Object.entries(strategies).map(
          async ([name, strategy]) =>
            [name, await openStrategy(name as StrategyName, strategy, byEngine[strategy.engine])] as const,
        ),
      ),
    ) as Opened;

    const proxies = await openProxies(byEngine, settingsOf);
    for (const proxy of Object.values(proxies)) if (!('absent' in proxy)) proxiesToClose.push(proxy);
    let closed: Promise<void> | undefined;
    const local: Local = {
      ...reachedBy(byName, firstDatabase),
      endpoints: forEachStrategy(byName, ({ endpoint }) => endpoint) as unknown as Local['endpoints'],
      proxies: forEachStrategy(proxies, ({ endpoint }) => endpoint),
      defaults: defaultsOf(byName),
      region,
      credentials,
      ca,
      postgres: describeEngine(postgres),
      mysql: describeEngine(mysql),
      async createDatabase() {
        const name = `sqlport_${randomBytes(6).toString('hex')}`;
        await Promise.all(engines.map((engine) => engine.ensureDatabase(name, firstUser)));
        const drop = async (): Promise<void> => {
          databases.delete(database);
          await Promise.all(engines.map((engine) => engine.dropDatabase(name)));
        };
        const database: LocalDatabase = { name, ...reachedBy(byName, name), drop, [Symbol.asyncDispose]: drop };
        databases.add(database);
        return database;
      },
      async createUser(user) {
        await Promise.all(engines.map((engine) => engine.ensureUser(user, enginePassword(engine, user))));
        users.add(user);
        for (const strategy of opened) strategy.admit?.(user);
      },
      close: () => (closed ??= close()),
      [Symbol.asyncDispose]: () => local.close(),
    };
    return local;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for all, so that nothing is left under way when one has failed; then throws the first failure. */
async function allSettled<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
}
