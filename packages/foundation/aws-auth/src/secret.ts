import { ConnectorError, isConnectorError } from '@sqlport/core/spi';
import { serviceFault } from './aws-fault.ts';
import type { CredentialsSource } from './credentials.ts';
import type { SecretAuth } from './login.ts';
import { isLoopback } from './loopback.ts';

/** A connect is waiting, and the SDK tries three times: these are short. */
const TIME_OUTS = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/**
 * A function that reads the current text of a secret; `undefined` for a binary one. Throws `CONFIG` at once for a
 * missing region or an endpoint that would carry the secret in plaintext.
 */
export function secretReader(
  auth: SecretAuth,
  adapterRegion: string | undefined,
  credentials: CredentialsSource,
): () => Promise<string | undefined> {
  const { secretArn, endpoint } = auth;
  const region = auth.region ?? regionOfArn(secretArn) ?? adapterRegion;
  if (region === undefined) {
    throw new ConnectorError('CONFIG', '`auth.secretArn` is no ARN with a region in it: set `auth.region`.');
  }
  if (endpoint !== undefined) requireSafe(endpoint);

  return async () => {
    const { GetSecretValueCommand, SecretsManagerClient } = await secretsManager();
    const client = new SecretsManagerClient({
      region,
      credentials: () => credentials.get(region),
      requestHandler: TIME_OUTS,
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString;
    } catch (error) {
      throw secretError(error, secretArn, region);
    } finally {
      client.destroy();
    }
  };
}

/** `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>` */
function regionOfArn(arn: string): string | undefined {
  return /^arn:[^:]+:secretsmanager:([^:]+):/.exec(arn)?.[1];
}

function requireSafe(endpoint: string): void {
  const url = URL.parse(endpoint);
  if (url?.protocol === 'https:') return;
  if (url?.protocol === 'http:' && isLoopback(url.hostname)) return;
  throw new ConnectorError('CONFIG', '`auth.endpoint` must be an https: URL, or http: to this machine only.');
}

async function secretsManager() {
  try {
    return await import('@aws-sdk/client-secrets-manager');
  } catch (error) {
    const message = '`auth.secretArn` needs one more package: npm install @aws-sdk/client-secrets-manager';
    throw new ConnectorError('CONFIG', message, { cause: error });
  }
}

/** Names of Secrets Manager's errors: AWS Secrets Manager API reference, GetSecretValue. */
function secretError(error: unknown, secretArn: string, region: string): ConnectorError {
  if (isConnectorError(error)) return error;
  const details = { cause: error };
  switch (serviceFault(error)) {
    case 'UNREACHABLE':
      return new ConnectorError('UNREACHABLE', `AWS Secrets Manager in ${region} could not be reached.`, details);
    case 'THROTTLED':
      return new ConnectorError('THROTTLED', `AWS Secrets Manager in ${region} throttled the request.`, details);
    case 'DENIED':
      return new ConnectorError(
        'PERMISSION',
        `The AWS identity may not read the secret: allow secretsmanager:GetSecretValue on ${secretArn}, ` +
          "and kms:Decrypt where the secret's key is your own.",
        details,
      );
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'DecryptionFailure') {
    const message = `The secret ${secretArn} could not be decrypted: allow kms:Decrypt on its key.`;
    return new ConnectorError('PERMISSION', message, details);
  }
  if (name === 'ResourceNotFoundException' || name === 'InvalidRequestException') {
    const message = `The secret ${secretArn} does not exist in ${region}, or is to be deleted.`;
    return new ConnectorError('AUTH', message, details);
  }
  const message = `AWS Secrets Manager in ${region} refused the AWS credentials or the request.`;
  return new ConnectorError('AUTH', message, details);
}
