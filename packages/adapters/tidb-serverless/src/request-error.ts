import type { ConnectorError } from '@sqlport/core/spi';
import { connectorError, KEPT_OF_BODY } from './error.ts';
import { certificateCode, neverLeft } from './network-fault.ts';

/** The error for a `fetch` that rejected: the request may have left or not. */
export function fetchError(native: unknown): ConnectorError {
  const certificate = certificateCode(native);
  if (certificate !== undefined) {
    return connectorError('CONFIG', `The certificate of the host cannot be trusted (${certificate}).`, {
      cause: native,
    });
  }
  return neverLeft(native)
    ? connectorError('UNREACHABLE', 'TiDB Cloud cannot be reached. Check host (or region) and the network.', {
        cause: native,
      })
    : lostAnswer(native);
}

/** The error for a request whose answer did not arrive. */
export function lostAnswer(native: unknown): ConnectorError {
  return connectorError('UNREACHABLE', 'The connection was lost before the answer: the request may have been served.', {
    outcome: 'unknown',
    cause: native,
  });
}

/** The error for a request that took too long. */
export function requestTimeout(milliseconds: number): ConnectorError {
  return connectorError('TIMEOUT', `There was no answer within ${milliseconds} ms ("requestTimeoutMs").`, {
    outcome: 'unknown',
  });
}

/** The error for a redirect, which is not followed. */
export function redirected(): ConnectorError {
  return connectorError(
    'CONFIG',
    'The host answers with a redirect, which is not followed: it would get the login. Check host (or region).',
  );
}

/** The error for an answer of status 2xx that is not what TiDB Cloud answers. */
export function unreadable(what: string, body: string): ConnectorError {
  return connectorError('UNREACHABLE', `The answer is ${what}, and not TiDB Cloud's. Is there a proxy in between?`, {
    outcome: 'unknown',
    serverMessage: body.slice(0, KEPT_OF_BODY),
  });
}
