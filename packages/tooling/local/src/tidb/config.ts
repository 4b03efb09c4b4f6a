/** What an adapter for TiDB Cloud's HTTP service needs and a URL cannot hold. */
export interface TidbServerlessDefaults {
  /** Reaches the local endpoint, which is no https. */
  readonly fetch: typeof fetch;
}

/** A ready configuration of the adapter `tidb-serverless`. */
export interface TidbServerlessConfig extends TidbServerlessDefaults {
  readonly adapter: 'tidb-serverless';
  readonly host: string;
  /** With the cluster's prefix. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
}
