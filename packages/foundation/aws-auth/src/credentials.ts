import { ConnectorError, isConnectorError, loadPackage } from '@sqlport/core/spi';
import { serviceFault } from './aws-fault.ts';
import { Renewable, type Renewed } from './renewable.ts';

/** AWS credentials as the AWS SDK hands them out. `expiration` is absent for long-lived keys. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** What a provider is told: the AWS SDK's own names, so that its providers understand it. */
export interface CredentialsRequest {
  /** Pass by the provider's own cache, because what it gave is about to expire. */
  readonly forceRefresh?: boolean;
  /** The region to ask AWS STS in, instead of STS's default, which may be across an ocean. */
  readonly callerClientConfig?: { region(): Promise<string> };
}

/**
 * Gives the credentials to sign with; every provider of the AWS SDK is one. It may ignore what it is told.
 * Credentials with an expiration are kept until five minutes before it; without one the provider is asked each time.
 */
export type CredentialsProvider = (request?: CredentialsRequest) => Promise<AwsCredentials>;

/** Where the credentials come from; neither member: the AWS SDK's default chain for Node. */
export interface CredentialsOptions {
  /** Fixed credentials, or a provider of them. */
  readonly credentials?: AwsCredentials | CredentialsProvider;
  /** The profile of the shared AWS configuration files to use in the default chain. */
  readonly profile?: string;
}

/** Credentials with less life than this are asked for anew, as the AWS SDK does. */
const REFRESH_BEFORE_MS = 5 * 60_000;
/** A provider which can only give credentials that are about to expire is asked no more often than this. */
const ASK_AGAIN_AFTER_MS = 10_000;

/** The credentials of one adapter: the provider is made once, when first needed, and asked as rarely as is safe. */
export class CredentialsSource {
  readonly #options: CredentialsOptions;
  readonly #clock: () => number;
  readonly #kept: Renewable<AwsCredentials>;
  #chain: CredentialsProvider | undefined;
  #refused = false;

  constructor(options: CredentialsOptions, clock: () => number) {
    this.#options = options;
    this.#clock = clock;
    this.#kept = new Renewable(clock);
  }

  /** Credentials that are valid now. `AUTH` where there are none, `PERMISSION` for a refused role, `UNREACHABLE`. */
  get(region: string): Promise<AwsCredentials> {
    return this.#kept.get(() => this.#ask(region));
  }

  /** To be called when a server refused what was signed: the provider is asked again next time. */
  forget(): void {
    this.#refused = true;
    this.#kept.drop();
  }

  async #ask(region: string): Promise<Renewed<AwsCredentials>> {
    const now = this.#clock();
    const credentials = await this.#longLived(region, now).catch((error: unknown) => {
      throw credentialsError(error);
    });
    const expiration = credentials.expiration?.getTime();
    if (expiration === undefined) return { value: credentials, renewAt: now };
    if (!(expiration > now)) {
      throw new ConnectorError('AUTH', 'The AWS credentials have expired: refresh them where they come from.');
    }
    const renewAt = Math.min(expiration, Math.max(expiration - REFRESH_BEFORE_MS, now + ASK_AGAIN_AFTER_MS));
    return { value: credentials, renewAt };
  }

  /** Asks twice where the first answer, out of the provider's own cache, is about to expire. */
  async #longLived(region: string, now: number): Promise<AwsCredentials> {
    const provider = await this.#provider();
    const callerClientConfig = { region: () => Promise.resolve(region) };
    // What a server refused must not come again out of the provider's own cache.
    if (this.#refused) {
      const fresh = complete(await provider({ callerClientConfig, forceRefresh: true }));
      this.#refused = false;
      return fresh;
    }
    const first = complete(await provider({ callerClientConfig }));
    if (first.expiration === undefined || first.expiration.getTime() - now >= REFRESH_BEFORE_MS) return first;
    try {
      return complete(await provider({ callerClientConfig, forceRefresh: true }));
    } catch (error) {
      if (first.expiration.getTime() > now) return first;
      throw error;
    }
  }

  async #provider(): Promise<CredentialsProvider> {
    const { credentials, profile } = this.#options;
    if (typeof credentials === 'function') return credentials;
    if (credentials !== undefined) return () => Promise.resolve(credentials);
    if (this.#chain === undefined) {
      const load = () => import('@aws-sdk/credential-providers');
      const { fromNodeProviderChain } = await loadPackage('@aws-sdk/credential-providers', load);
      this.#chain ??= fromNodeProviderChain(profile === undefined ? {} : { profile });
    }
    return this.#chain;
  }
}

/** A provider is other people's code: what it gives is looked at before it is signed with. */
function complete(credentials: AwsCredentials): AwsCredentials {
  if (!credentials?.accessKeyId || !credentials.secretAccessKey) {
    throw new ConnectorError('AUTH', 'The AWS credentials lack `accessKeyId` or `secretAccessKey`.');
  }
  return credentials;
}

function credentialsError(error: unknown): ConnectorError {
  if (isConnectorError(error)) return error;
  const fault = serviceFault(error);
  if (fault === 'UNREACHABLE') {
    return new ConnectorError('UNREACHABLE', 'AWS could not be reached for credentials.', { cause: error });
  }
  if (fault === 'THROTTLED') {
    return new ConnectorError('THROTTLED', 'AWS throttled the request for credentials.', { cause: error });
  }
  if (fault === 'DENIED') {
    const message = 'AWS refused the role: check its trust policy and the permission sts:AssumeRole.';
    return new ConnectorError('PERMISSION', message, { cause: error });
  }
  return new ConnectorError(
    'AUTH',
    'No AWS credentials: attach a role (Lambda, ECS, EC2), set AWS_PROFILE or AWS_ACCESS_KEY_ID and ' +
      'AWS_SECRET_ACCESS_KEY, or give the option `credentials`. For an SSO profile run `aws sso login`.',
    { cause: error },
  );
}
