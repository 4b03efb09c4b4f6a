import { type Endpoint, firstUser } from './endpoint.ts';
import type { LocalEngine } from './engine.ts';
import type { LocalAdapter, LocalConfigs, LocalDefaults, LocalUrls } from './local.ts';

/** An endpoint, or the reason why there is none. */
export type Outcome = Endpoint | { readonly absent: string };

/** What each adapter connects to. */
export type Outcomes = Readonly<Record<LocalAdapter, Outcome>>;

/** What users see of an engine. */
export function describeEngine(outcome: Outcome): LocalEngine | undefined {
  if (!('engine' in outcome)) return undefined;
  const { kind, version, url } = outcome.engine;
  return { kind, version, url };
}

/** A ready configuration for every adapter, for one database. */
export function configsFor(outcomes: Outcomes, database: string, defaults: LocalDefaults): LocalConfigs {
  return forEachAdapter(outcomes, ({ gateway }, adapter) => ({
    adapter,
    host: gateway.host,
    port: gateway.port,
    user: firstUser,
    database,
    ...defaults,
  })) as LocalConfigs;
}

/** The same as URLs. */
export function urlsFor(outcomes: Outcomes, database: string, defaults: LocalDefaults): LocalUrls {
  return forEachAdapter(
    outcomes,
    ({ gateway }, adapter) =>
      `${adapter}://${firstUser}@${gateway.host}:${gateway.port}/${database}?region=${defaults.region}`,
  );
}

/** One value per adapter. Those whose engine is absent are not listed, and reading one throws the reason. */
export function forEachAdapter<T>(
  outcomes: Outcomes,
  make: (endpoint: Endpoint, adapter: LocalAdapter) => T,
): Readonly<Record<LocalAdapter, T>> {
  const values = {} as Record<LocalAdapter, T>;
  for (const [adapter, outcome] of Object.entries(outcomes) as [LocalAdapter, Outcome][]) {
    if ('engine' in outcome) {
      values[adapter] = make(outcome, adapter);
    } else {
      const get = (): never => {
        throw new Error(outcome.absent);
      };
      Object.defineProperty(values, adapter, { get, enumerable: false });
    }
  }
  return values;
}
