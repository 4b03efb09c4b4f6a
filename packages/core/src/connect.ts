import type { Connection, ConnectOptions } from './connection.ts';
import { DriverConnection } from './driver-connection.ts';
import { ConnectorError } from './errors.ts';
import type { Adapter } from './spi/adapter.ts';

const OPTIONS: Record<string, (value: unknown) => boolean> = {
  int64: (value) => value === 'number' || value === 'bigint' || value === 'string',
  instants: (value) => value === 'date' || value === 'string',
  json: (value) => value === 'parsed' || value === 'text',
  retry: (value) => value === false || (typeof value === 'object' && value !== null && isRetry(value)),
  onQuery: (value) => typeof value === 'function',
};

/**
 * Makes a {@link Connection} of a configured adapter. Opens nothing: that happens at the first use.
 * Throws `CONFIG` for an adapter of another contract version and for wrong options.
 */
export function connect(adapter: Adapter, options: ConnectOptions = {}): Connection {
  if (typeof adapter?.open !== 'function' || typeof adapter.name !== 'string' || adapter.traits === undefined) {
    throw new ConnectorError(
      'CONFIG',
      'connect() takes an adapter: connect(iamPg({ … })). For a URL use defineConnector().',
    );
  }
  if (adapter.specVersion !== 1) {
    throw new ConnectorError(
      'CONFIG',
      `Adapter ${adapter.name} is written for version ${String(adapter.specVersion)} of the adapter contract; this @sqlport/core knows version 1. Install matching versions.`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw new ConnectorError('CONFIG', 'The options of connect() must be an object.');
  }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (check === undefined) throw new ConnectorError('CONFIG', `connect() has no option ${name}.`);
    if (value !== undefined && !check(value))
      throw new ConnectorError('CONFIG', `Option ${name} of connect() has a wrong value.`);
  }
  return new DriverConnection(adapter, options);
}

function isRetry(value: object): boolean {
  return Object.entries(value).every(
    ([name, limit]) =>
      (name === 'attempts' || name === 'budgetMs') &&
      (limit === undefined || (typeof limit === 'number' && limit >= 0)),
  );
}
