import { check, type FieldCheck } from '@sqlport/core/spi';
import type { ServerConfig } from './server-config.ts';

/** An endpoint that answers `route: 'reader'`: everything but its place is as for the writer. */
export interface ReaderConfig {
  readonly host: string;
  /** Default: the writer's. */
  readonly port?: number;
  /** The name that RDS gave the endpoint, where `host` is an alias. */
  readonly signingHost?: string;
  /** Default: whether its name is that of an RDS Proxy. */
  readonly proxy?: boolean;
}

const FIELDS: Readonly<Record<keyof ReaderConfig, FieldCheck>> = {
  host: check.hostName,
  port: check.optional(check.port),
  signingHost: check.optional(check.hostName),
  proxy: check.optional(check.boolean),
};

/** The check of the field `readers`. */
export const checkReaders: FieldCheck = (value) =>
  Array.isArray(value) && value.every(isReader)
    ? undefined
    : 'an array of { host, port, signingHost, proxy }, of which host is required';

function isReader(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    Object.keys(fields).every((name) => Object.hasOwn(FIELDS, name)) &&
    Object.entries(FIELDS).every(([name, wanted]) => wanted(fields[name]) === undefined)
  );
}

/** The configuration of each reader as a server of its own. */
export function readerConfigs<C extends ServerConfig>(config: C): readonly C[] {
  const { readers = [], port, ...rest } = config;
  return readers.map((reader) => {
    const { host, port: own = port, signingHost, proxy } = reader;
    return { ...rest, readers: undefined, host, port: own, signingHost, proxy } as unknown as C;
  });
}

/** Reads `host:port,host` of a URL; what is no reader is left to {@link checkReaders}. */
export function readersFromText(text: string): readonly ReaderConfig[] {
  return text.split(',').map((place) => {
    const [, host = '', port] = /^(.*?)(?::(\d+))?$/s.exec(place)!;
    return { host: host.toLowerCase(), ...(port === undefined ? {} : { port: Number(port) }) };
  });
}
