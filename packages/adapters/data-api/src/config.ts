import type { RDSDataClient, RDSDataClientConfig } from '@aws-sdk/client-rds-data';
import { check, checkFields, type FieldCheck, fieldError, parseUrl } from '@sqlport/core/spi';

/** What both kinds of configuration have. */
interface DataApiTarget {
  /** Tells configurations apart where several adapters are to choose from. */
  readonly adapter?: 'data-api';
  readonly engine: 'mysql' | 'postgres';
  /** The ARN of the Aurora cluster: `arn:aws:rds:<region>:<account>:cluster:<name>`. */
  readonly resourceArn: string;
  /** The ARN of the secret with the database user and password: `arn:aws:secretsmanager:…`. */
  readonly secretArn: string;
  /** At most 64 characters. */
  readonly database: string;
  /**
   * What becomes of DDL outside of a transaction that runs for longer than the API's 45 seconds: `'ddl'` lets it run to
   * its end on the server, as AWS recommends (the call is a `TIMEOUT`, outcome `unknown`); `'never'` lets the API stop
   * it. Everything else is always stopped. Default `'ddl'`.
   */
  readonly continueAfterTimeout?: 'ddl' | 'never';
}

/** The Data API of an Aurora cluster, and how to reach it. */
export interface DataApiEndpointConfig extends DataApiTarget {
  /** Default: the region in `resourceArn`. */
  readonly region?: string;
  /** AWS credentials, or a provider of them. Default: the AWS SDK's own chain (role, environment, profile …). */
  readonly credentials?: NonNullable<RDSDataClientConfig['credentials']>;
  /** The profile of the shared AWS configuration files to use in the default chain. */
  readonly profile?: string;
  /** Another address of the service, such as a VPC endpoint: an `https:` URL, or `http:` to this machine. */
  readonly endpoint?: string;
  /** Longest time for a TCP connection to be made. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Longest time for a reply; the API itself stops a statement after 45 seconds. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Most requests at a time, COMMIT and ROLLBACK not counted; others wait for their turn. Default 50. */
  readonly max?: number;
  readonly client?: never;
}

/**
 * An `RDSDataClient` of the user's own, which stays theirs: it is not destroyed, and its region, credentials and
 * time-outs are used. Its retries are not: they would repeat writes that may have been applied.
 */
export interface DataApiClientConfig extends DataApiTarget {
  readonly client: Pick<RDSDataClient, 'send' | 'config'>;
}

export type DataApiConfig = DataApiEndpointConfig | DataApiClientConfig;

export const NAME = 'data-api';

const { optional } = check;

const TARGET_FIELDS: Readonly<Record<keyof DataApiTarget, FieldCheck>> = {
  adapter: optional(check.oneOf(NAME)),
  engine: check.oneOf('mysql', 'postgres'),
  resourceArn: arn('rds', 'the ARN of the cluster: arn:aws:rds:<region>:<account>:cluster:<name>'),
  secretArn: arn('secretsmanager', 'the ARN of the secret: arn:aws:secretsmanager:<region>:<account>:secret:<name>'),
  database: (value) =>
    check.text(value) === undefined && (value as string).length <= 64 ? undefined : 'a name of at most 64 characters',
  continueAfterTimeout: optional(check.oneOf('ddl', 'never')),
};

const ENDPOINT_FIELDS: Readonly<Record<keyof DataApiEndpointConfig, FieldCheck>> = {
  ...TARGET_FIELDS,
  region: optional(regionName),
  credentials: optional((value) =>
    check.object(value) === undefined || typeof value === 'function'
      ? undefined
      : 'AWS credentials, or a provider of them',
  ),
  profile: optional(check.text),
  endpoint: optional(check.endpoint),
  connectTimeoutMs: optional(check.milliseconds),
  requestTimeoutMs: optional(check.milliseconds),
  max: optional(check.integer(1, 10_000)),
  client: (value) => (value === undefined ? undefined : 'given without fields that describe an endpoint'),
};

const CLIENT_FIELDS: Readonly<Record<keyof DataApiClientConfig, FieldCheck>> = {
  ...TARGET_FIELDS,
  client: (value) =>
    typeof (value as { send?: unknown } | null)?.send === 'function'
      ? undefined
      : 'an RDSDataClient of @aws-sdk/client-rds-data',
};

/** Throws `CONFIG` that names the wrong field. */
export function checkConfig(config: DataApiConfig): void {
  const hasClient = typeof config === 'object' && config !== null && config.client !== undefined;
  checkFields(config, hasClient ? CLIENT_FIELDS : ENDPOINT_FIELDS, NAME);
  if (!hasClient) regionOf(config as DataApiEndpointConfig);
}

/** The region of a configuration that was checked. Throws `CONFIG` where the ARN has none either. */
export function regionOf({ region, resourceArn }: DataApiEndpointConfig): string {
  const found = region ?? resourceArn.split(':')[3];
  if (!found) throw fieldError(NAME, 'region', 'given, since resourceArn has no region in it');
  return found;
}

/**
 * Reads `data-api://postgres/shop?resourceArn=…&secretArn=…`; the host is the engine. More keys: region, profile,
 * endpoint, connectTimeoutMs, requestTimeoutMs, max, continueAfterTimeout. Throws `CONFIG` without repeating the URL.
 */
export function fromUrl(url: string): DataApiEndpointConfig {
  const { user, password, host, port, database, query } = parseUrl(url, {
    scheme: NAME,
    query: {
      resourceArn: 'text',
      secretArn: 'text',
      region: 'text',
      profile: 'text',
      endpoint: 'text',
      connectTimeoutMs: 'integer',
      requestTimeoutMs: 'integer',
      max: 'integer',
      continueAfterTimeout: 'text',
    },
  });
  if (user !== undefined || password !== undefined) {
    throw fieldError(NAME, 'secretArn', 'what names the database user: a user or a password has no place in the URL');
  }
  if (port !== undefined) throw fieldError(NAME, 'engine', '"mysql" or "postgres", without a port');
  // What is missing here, or is no engine, checkConfig names.
  return { adapter: NAME, engine: host, ...(database === undefined ? {} : { database }), ...query } as never;
}

/** The region becomes a part of the host name that requests go to, and a URL may hold it. */
function regionName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z\d-]{1,40}$/.test(value) ? undefined : 'a region, such as us-east-1';
}

/** An ARN of one service. Its length is left to the API: its documents allow 100 characters, RDS's own secrets have more. */
function arn(service: string, wanted: string): FieldCheck {
  const shape = new RegExp(`^arn:[\\w-]+:${service}:[\\w-]*:\\d*:[\\x21-\\x7e]{1,1000}$`);
  return (value) => (typeof value === 'string' && shape.test(value) ? undefined : wanted);
}
