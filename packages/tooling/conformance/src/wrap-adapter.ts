import type { Adapter, Driver, DriverTransaction, OpenOptions, Session } from '@sqlport/core/spi';

/** A copy of an adapter whose opened driver has some methods replaced. */
export function wrapAdapter(
  adapter: Adapter,
  change: (driver: Driver, options: OpenOptions) => Partial<Driver>,
  traits: Partial<Adapter['traits']> = {},
): Adapter {
  return {
    specVersion: adapter.specVersion,
    name: adapter.name,
    traits: { ...adapter.traits, ...traits },
    async open(options) {
      const driver = await adapter.open(options);
      return { ...methodsOf(driver), ...change(driver, options) };
    },
  };
}

/** The same, with the change made to the driver and to each of its transactions. */
export function wrapSessions(adapter: Adapter, change: (session: Session) => Partial<Session>): Adapter {
  return wrapAdapter(adapter, (driver) => ({
    ...change(driver),
    ...wrapTransactions(driver, change),
  }));
}

/** A driver's `begin` that changes the transactions it answers; nothing where there is none. */
export function wrapTransactions(
  driver: Driver,
  change: (transaction: DriverTransaction) => Partial<DriverTransaction>,
): Pick<Driver, 'begin'> {
  const { begin } = methodsOf(driver);
  if (begin === undefined) return {};
  return {
    async begin(options, call) {
      const transaction = await begin(options, call);
      return { ...methodsOf(transaction), ...change(transaction) };
    },
  };
}

const METHODS = ['execute', 'batch', 'executeMany', 'stream', 'begin', 'commit', 'rollback', 'close'];

/** The methods as an object of its own; drivers are class instances, whose methods a spread would lose. */
function methodsOf<T extends Session>(session: T): T {
  const methods: Record<string, unknown> = {};
  for (const name of METHODS) {
    const method: unknown = Reflect.get(session, name);
    if (typeof method === 'function') methods[name] = method.bind(session);
  }
  return methods as unknown as T;
}
