/** Where an example is led to instead of the cloud. */
export interface LocalServers {
  /** Fields to lay over a configuration, by the adapter that it is for. */
  readonly configs: Readonly<Record<string, object>>;
  /** Origins to ask instead of others: `{ 'https://http-gateway01…': 'http://127.0.0.1:50001' }`. */
  readonly origins: Readonly<Record<string, string>>;
}

/** The environment variable that hands {@link LocalServers} to a process, as JSON. */
export const SERVERS = 'SQLPORT_DOCS_SERVERS';
