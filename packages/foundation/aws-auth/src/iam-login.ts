import { ConnectorError, loadPackage } from '@sqlport/core/spi';
import { type AwsCredentials, type CredentialsOptions, CredentialsSource } from './credentials.ts';
import type { Login, LoginSource, LoginTarget } from './login.ts';
import { normalHost, regionOf } from './region.ts';
import { Renewable, type Renewed } from './renewable.ts';
import { waitFor } from './wait-for.ts';

/** RDS accepts a token for 15 minutes, and no longer than the credentials it was signed with. */
const TOKEN_LIFE_MS = 15 * 60_000;
/** A token with less life than this is not used for a new connection: time for the connect, and for clocks that differ. */
const MARGIN_MS = 2 * 60_000;

interface IamLoginOptions extends CredentialsOptions {
  readonly user: string;
  readonly region?: string;
  readonly clock?: () => number;
}

/** The token for one endpoint. User and region are the adapter's own, so the endpoint and the access key tell tokens apart. */
interface EndpointToken {
  readonly accessKeyId: string;
  readonly login: Renewable<Login>;
}

/** Logins by IAM token, one for each endpoint (`host:port`), since a token is bound to it. */
export function iamLogins(options: IamLoginOptions): LoginSource {
  const clock = options.clock ?? Date.now;
  const credentials = new CredentialsSource(options, clock);
  const tokens = new Map<string, EndpointToken>();

  async function login({ host, port }: LoginTarget): Promise<Login> {
    const region = options.region ?? regionOf(host);
    if (region === undefined) {
      throw new ConnectorError(
        'CONFIG',
        `No AWS region in the host name "${host}": IAM signs for the endpoint's real name. ` +
          'For an alias set `signingHost` to that name; otherwise set `region`.',
      );
    }
    const held = await credentials.get(region);
    const token = tokenFor(endpointKey({ host, port }), held.accessKeyId);
    return token.login.get(() => sign({ host, port }, region, held));
  }

  /** One token per endpoint is kept: other credentials take the place of the old ones' token. */
  function tokenFor(endpoint: string, accessKeyId: string): EndpointToken {
    const known = tokens.get(endpoint);
    if (known?.accessKeyId === accessKeyId) return known;
    const token = { accessKeyId, login: new Renewable<Login>(clock) };
    tokens.set(endpoint, token);
    return token;
  }

  async function sign({ host, port }: LoginTarget, region: string, held: AwsCredentials): Promise<Renewed<Login>> {
    const { Signer } = await loadPackage('@aws-sdk/rds-signer', () => import('@aws-sdk/rds-signer'));
    const { user } = options;
    const signedAt = clock();
    const signer = new Signer({ hostname: normalHost(host), port, username: user, region, credentials: held });
    const password = await signer.getAuthToken();
    const expiry = Math.min(signedAt + TOKEN_LIFE_MS, held.expiration?.getTime() ?? Number.POSITIVE_INFINITY);
    return { value: { user, password }, renewAt: expiry - MARGIN_MS };
  }

  return {
    get: (target, signal) => waitFor(() => login(target), signal),
    refused(target, refusedLogin) {
      tokens.get(endpointKey(target))?.login.drop(refusedLogin);
      // The credentials may be what is wrong with it: revoked, or replaced before their time.
      credentials.forget();
      return true;
    },
  };
}

function endpointKey({ host, port }: LoginTarget): string {
  return `${normalHost(host)}:${port}`;
}
