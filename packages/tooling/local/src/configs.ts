import type { Engine, LocalEngine } from './engine.ts';
import type { Local, StrategyName } from './local.ts';
import { strategies } from './strategies.ts';
import type { OpenStrategy } from './strategy.ts';

/** What was asked for, or the reason why it is not there. */
export type Outcome<T> = T | { readonly absent: string };

/** What came of each strategy. */
export type Opened = Readonly<Record<StrategyName, Outcome<OpenStrategy>>>;

/** What users see of an engine. */
export function describeEngine(engine: Outcome<Engine>): LocalEngine | undefined {
  if ('absent' in engine) return undefined;
  const { kind, version, url } = engine;
  return { kind, version, url };
}

/** Ready configurations for one database. */
export function reachedBy(opened: Opened, database: string): Pick<Local, 'configs' | 'urls'> {
  return {
    configs: forEachStrategy(opened, (strategy) => strategy.config(database)) as unknown as Local['configs'],
    urls: forEachStrategy(opened, (strategy) => strategy.url(database)),
  };
}

/** By adapter, what no URL may hold. Adapters whose engine is absent are left out. */
export function defaultsOf(opened: Opened): Local['defaults'] {
  const present = Object.entries(opened) as [StrategyName, Opened[StrategyName]][];
  return Object.fromEntries(
    present.flatMap(([name, outcome]) => ('absent' in outcome ? [] : [[strategies[name].adapter, outcome.defaults]])),
  ) as unknown as Local['defaults'];
}

/** One value for each strategy. Those whose engine is absent are not listed, and reading one throws the reason. */
export function forEachStrategy<N extends string, O extends object, T>(
  opened: Readonly<Record<N, Outcome<O>>>,
  make: (strategy: O) => T,
): Readonly<Record<N, T>> {
  const values = {} as Record<N, T>;
  for (const [name, outcome] of Object.entries(opened) as [N, Outcome<O>][]) {
    if ('absent' in outcome) {
      const get = (): never => {
        throw new Error(outcome.absent);
      };
      Object.defineProperty(values, name, { get, enumerable: false });
    } else {
      values[name] = make(outcome);
    }
  }
  return values;
}
