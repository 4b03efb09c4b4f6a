import { ConnectorError, type Outcome } from '@sqlport/core/spi';
import type { Failure, Place } from './error.ts';

/** A reply has a status; what fails before has none. */
export function isServiceReply(native: unknown): boolean {
  return statusOf(native) !== undefined && (native as { $fault?: unknown }).$fault !== undefined;
}

/** The HTTP status of a reply. */
export function statusOf(native: unknown): number | undefined {
  return (native as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/** Node's codes for certificates; "X509 certificate error codes" in its manual. */
const CERTIFICATE = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_)/;

/** Nothing left this machine, or no connection was made for it. */
export function notSent({ native }: Failure): ConnectorError {
  const { name = '', code = '' } = native as { name?: string; code?: string };
  if (name === 'AccessDenied' || name === 'AccessDeniedException') {
    const message = 'AWS refused the role: check its trust policy and the permission sts:AssumeRole.';
    return new ConnectorError('PERMISSION', message, { cause: native });
  }
  if (isConnectFailure(native) || code !== '') {
    return new ConnectorError('UNREACHABLE', 'AWS could not be reached for credentials.', { cause: native });
  }
  return new ConnectorError(
    'AUTH',
    'No AWS credentials: attach a role (Lambda, ECS, EC2), set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the option `credentials`. For an SSO profile run `aws sso login`.',
    { cause: native },
  );
}

/** The AWS SDK's own time limit for a connection. Its other time limits, for replies, have the same name. */
const NOT_CONNECTED = /did not establish a connection/;

/** True for what fails while a connection is made, before a byte was sent. Node names the system call. */
function isConnectFailure(native: unknown): boolean {
  const { name, code, syscall, message = '' } = native as Partial<NodeJS.ErrnoException>;
  if (syscall === 'connect' || syscall === 'getaddrinfo' || code === 'ECONNREFUSED') return true;
  return name === 'TimeoutError' && NOT_CONNECTED.test(message);
}

/** The request may have arrived, and nobody knows what became of it. */
export function lostReply({ native, message, place }: Failure): ConnectorError {
  const { code } = native as { code?: string };
  if (code !== undefined && CERTIFICATE.test(code)) {
    return new ConnectorError('CONFIG', 'The certificate of the endpoint cannot be verified: check `endpoint`.', {
      cause: native,
    });
  }
  if (isConnectFailure(native)) {
    return new ConnectorError(
      'UNREACHABLE',
      'The Data API could not be reached: check the region, `endpoint` and the network.',
      { cause: native },
    );
  }
  const details = { cause: native, ...(isServiceReply(native) ? { serverMessage: message } : {}) };
  if (place === 'transaction') {
    const text = 'The reply to a statement was lost, and the transaction is given up with it. Run it again.';
    return new ConnectorError('TRANSACTION', text, details);
  }
  return new ConnectorError('UNREACHABLE', LOST[place], { ...details, outcome: outcomeIn(place) });
}

const LOST: Readonly<Record<Exclude<Place, 'transaction'>, string>> = {
  stream: 'The reply of the Data API was lost, or it failed: nothing was done, the stream is rolled back.',
  begin: 'The Data API failed before the transaction began.',
  statement: 'The reply of the Data API was lost, or it failed: nobody can tell whether the statement took effect.',
  procedure: 'The reply of the Data API was lost, or it failed: nobody can tell whether the statement took effect.',
  commit: 'The reply to COMMIT was lost, or the Data API failed: nobody can tell whether it took effect.',
};

/** Where nothing is kept without a COMMIT. */
export const NOT_COMMITTED: ReadonlySet<Place> = new Set(['begin', 'transaction', 'stream']);

/** The outcome of what may have been run, or not. */
export function outcomeIn(place: Place): Outcome {
  return NOT_COMMITTED.has(place) ? 'not-applied' : 'unknown';
}
