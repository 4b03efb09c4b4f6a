import type { DigestAlgorithm } from './digest.ts';

export type DataServiceMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface DataServiceParameter {
  readonly type: 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN' | 'ARRAY';
  /** Of an `ARRAY`; it becomes a list with commas. Default `STRING`. */
  readonly itemType?: 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN';
  /** Default false; always true for a parameter in the path. */
  readonly required?: boolean;
  /** As text, as it is entered in the console. What has none and is not given is NULL. */
  readonly default?: string;
}

/** A statement behind a URL, as it is set up in the console. */
export interface DataServiceEndpoint {
  readonly method: DataServiceMethod;
  /** Starts with a slash; a part of it may be a parameter, `/users/{id}`. */
  readonly path: string;
  readonly database: string;
  /** One statement, with `${name}` for parameters. */
  readonly sql: string;
  /** By name. All that `sql` names must be here. */
  readonly parameters?: Readonly<Record<string, DataServiceParameter>>;
  /** More are left out. Default 1000. */
  readonly maxRows?: number;
}

/** What a key may do. */
export interface DataServiceKey {
  readonly privateKey: string;
  /** Default 100. */
  readonly requestsPerMinute?: number;
  /** Ms since the epoch; never, when left out. */
  readonly expiresAt?: number;
}

/** One request to the Data App, let in or not. Never holds a private key. */
export interface DataServiceCall {
  readonly method: string;
  /** Behind `/endpoint`, without the query. */
  readonly path: string;
  readonly publicKey: string | undefined;
  readonly authentication: 'basic' | 'digest' | undefined;
  /** The HTTP status. */
  readonly status: number;
  /** `result.code` of the body. */
  readonly code: number;
  /** By the endpoint's clock, ms since the epoch. */
  readonly at: number;
}

/** A Data App of TiDB Cloud's Data Service, and its controls for tests. */
export interface DataServiceControls {
  readonly appId: string;
  /** Endpoints are at `<url><path>`. */
  readonly url: string;
  /** A key that is there from the start: name and password of Basic or Digest authentication. */
  readonly key: { readonly publicKey: string; readonly privateKey: string };
  /** All keys, by public key. Change it at will. */
  readonly keys: Map<string, DataServiceKey>;
  /** The algorithms that are offered for Digest, the preferred one first. Change it at will. */
  readonly digestAlgorithms: DigestAlgorithm[];
  /** Every request so far, in order. */
  readonly calls: readonly DataServiceCall[];
  /**
   * Saves the draft of an endpoint, which answers to `endpoint-type: draft`, and deploys it unless told otherwise.
   * Throws when the statement names a parameter that is not described.
   */
  register(endpoint: DataServiceEndpoint, options?: { readonly deploy?: boolean }): void;
  /** Makes every nonce that was given out until now stale. */
  expireNonces(): void;
}
