import type { AwsCredentials } from '@sqlport/aws-auth';
import { isConnectorError } from '@sqlport/core/spi';
import { optionalPackage } from '../optional-package.ts';
import { type Check, type Finding, failed, ok, unknown } from './check.ts';

/** Whose credentials to look at. */
export interface IdentityOptions {
  readonly profile?: string | undefined;
  readonly region: string;
  /** Whether the endpoint is on this machine: then AWS need not know the credentials. */
  readonly isLocal: boolean;
}

const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

const HOW_TO_GET_CREDENTIALS = [
  'On AWS: attach a role (Lambda, ECS, EC2).',
  'On this machine: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with SSO run `aws sso login`.',
];

/** Whether there are AWS credentials, of what kind, and whose they are. */
export function identityChecks(options: IdentityOptions): readonly Check[] {
  let credentials: AwsCredentials;
  return [
    {
      name: 'credentials',
      needs: [],
      async run() {
        try {
          credentials = await resolve(options);
        } catch (error) {
          return failed(`There are no AWS credentials: ${firstLine(error)}`, ...HOW_TO_GET_CREDENTIALS);
        }
        return describe(credentials);
      },
    },
    {
      name: 'identity',
      needs: ['credentials'],
      run: () => whoAmI(credentials, options),
    },
  ];
}

async function resolve({ profile }: IdentityOptions): Promise<AwsCredentials> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  return fromNodeProviderChain(profile === undefined ? {} : { profile })();
}

function describe({ accessKeyId, sessionToken, expiration }: AwsCredentials): Finding {
  const key = masked(accessKeyId);
  if (expiration !== undefined && expiration.getTime() <= Date.now()) {
    return failed(`The AWS credentials ${key} have expired (${expiration.toISOString()}).`, ...HOW_TO_GET_CREDENTIALS);
  }
  if (sessionToken === undefined) return ok(`access key ${key}, long-lived`);
  return ok(`access key ${key}, temporary${expiration === undefined ? '' : `, until ${expiration.toISOString()}`}`);
}

async function whoAmI(credentials: AwsCredentials, { region, isLocal }: IdentityOptions): Promise<Finding> {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS } = process.env;
  if (isLocal && !AWS_ENDPOINT_URL && !AWS_ENDPOINT_URL_STS)
    return unknown('not asked: the endpoint is on this machine');
  try {
    const load = () => import('@aws-sdk/client-sts');
    const { GetCallerIdentityCommand, STSClient } = await optionalPackage(
      '@aws-sdk/client-sts',
      load,
      'To say who the credentials are',
    );
    const client = new STSClient({ region, credentials, maxAttempts: 1, requestHandler: PATIENCE });
    const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}));
    return ok(`${Arn} (account ${Account})`);
  } catch (error) {
    if (isConnectorError(error)) return unknown(error.message);
    const {
      name,
      code = name,
      $metadata,
    } = error as {
      name?: string;
      code?: string;
      $metadata?: { httpStatusCode?: number };
    };
    const refused = $metadata?.httpStatusCode !== undefined && $metadata.httpStatusCode < 500;
    if (!refused) return unknown(`AWS STS in ${region} could not be asked (${code})`);
    return failed(`AWS does not accept the credentials (${name}).`, ...curesFor(name));
  }
}

/** Names of STS's errors: AWS STS API reference, "Common Errors". */
function curesFor(name: string | undefined): readonly string[] {
  const clock = `The clock of this machine says ${new Date().toISOString()}: AWS tolerates 5 minutes of difference.`;
  switch (name) {
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return ['The session has expired: refresh it where it comes from, as with `aws sso login`.', clock];
    case 'SignatureDoesNotMatch':
      return ['The secret access key does not belong to the access key: set both anew.', clock];
    default:
      return ['The access key does not exist or is inactive: set it and its secret anew.', clock];
  }
}

/** Enough of an access key to recognise it. */
export function masked(accessKeyId: string): string {
  return accessKeyId.length <= 8 ? '…' : `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]! : String(error);
}
