import { ConnectorError, type ConnectorErrorDetails, type ErrorCode, isConnectorError } from '@sqlport/core/spi';
import { isPostgresError, type PostgresError, postgresDetails, postgresRefused } from '@sqlport/core/spi/postgres';
import { postgresErrorCode } from '@sqlport/dialect';
import { ExchangeFailure } from './exchange.ts';
import { isProxyRefusal } from './proxy-refusal.ts';

/**
 * What was being done, which decides about the error where the server did not answer. `transaction`: in one that the
 * caller holds, and has lost. `begin`, `stream`: in one that nobody holds, or only we, so that all can be tried again.
 */
export type Place = 'statement' | 'begin' | 'transaction' | 'stream' | 'commit';

/**
 * The error for what {@link ExchangeFailure} says went wrong. `partial`: the statement commits parts of its work by
 * itself, so an error reply does not say that nothing was done. A `ConnectorError` is returned as it is.
 */
export function statementError(error: unknown, place: Place, partial = false): unknown {
  if (!(error instanceof ExchangeFailure)) return error;
  const { native, sent, answered } = error;
  if (isPostgresError(native) && isProxyRefusal(native)) return throttled(native);
  if (!answered) return lostConnection(native, sent, place);
  if (error.isStale) {
    const message = 'A table changed under a prepared statement in this transaction: run the transaction again.';
    return new ConnectorError('CONFLICT', message, {
      ...details(native),
      outcome: partial ? 'unknown' : 'not-applied',
    });
  }
  if (isConnectorError(native) || !isPostgresError(native)) return native;
  return postgresRefused(native, partial);
}

/** The error for a connection that was lost; `sent`: after the request was. `native`: what pg said, if anything. */
export function lostConnection(native: unknown, sent: boolean, place: Place): ConnectorError {
  if (isConnectorError(native)) return native;
  if (place === 'transaction') {
    const message = 'The connection was lost, and the open transaction with it: the server rolls it back.';
    return new ConnectorError('TRANSACTION', message, details(native));
  }
  if (!sent || place === 'begin' || place === 'stream') {
    const message = 'The connection was lost, and nothing was done: the server undoes what is not committed.';
    return new ConnectorError('UNREACHABLE', message, details(native));
  }
  const what = place === 'commit' ? 'COMMIT' : 'the statement';
  const message = `The connection was lost while ${what} ran: nobody can tell whether it took effect.`;
  return new ConnectorError('UNREACHABLE', message, { ...details(native), outcome: 'unknown' });
}

function details(native: unknown): ConnectorErrorDetails {
  return isPostgresError(native) ? postgresDetails(native) : { cause: native };
}

/** Error codes of Node's TLS and OpenSSL's verification; "X509 certificate error codes" in the manual of Node. */
const CERTIFICATE_ERROR = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_)/;
/** pg has no code for it; its own words, not the server's. */
const NO_TLS = 'The server does not support SSL connections';

/** The error for what went wrong while connecting. Nothing was sent but the login. */
export function connectError(native: unknown): ConnectorError {
  if (isConnectorError(native)) return native;
  if (isPostgresError(native)) return refusedLogin(native);
  const { code, message } = native as { code?: unknown; message?: unknown };
  const is = (pattern: RegExp) => typeof code === 'string' && pattern.test(code);
  if (message === NO_TLS) {
    return new ConnectorError('CONFIG', 'The server speaks no TLS. Check `host` and `port`; RDS always does.', {
      cause: native,
    });
  }
  if (is(/^ERR_TLS_CERT_ALTNAME_INVALID$/)) {
    return new ConnectorError(
      'CONFIG',
      'The certificate of the server is for another name. Where `host` is an alias, set `signingHost` to the real name.',
      { cause: native },
    );
  }
  if (is(/^CERT_HAS_EXPIRED$/)) {
    return new ConnectorError('CONFIG', 'The certificate of the server has expired.', { cause: native });
  }
  if (is(CERTIFICATE_ERROR)) {
    return new ConnectorError(
      'CONFIG',
      'The certificate of the server cannot be verified. Give the certificate authority that issued it as `ca`.',
      { cause: native },
    );
  }
  return new ConnectorError('UNREACHABLE', 'The server could not be reached: check host, port and network.', {
    cause: native,
  });
}

function throttled(native: PostgresError): ConnectorError {
  return new ConnectorError(
    'THROTTLED',
    'The server, or the proxy before it, has no connection left.',
    details(native),
  );
}

function refusedLogin(native: PostgresError): ConnectorError {
  if (isProxyRefusal(native)) return throttled(native);
  const code = native.code === '3D000' ? 'CONFIG' : postgresErrorCode(native.code);
  const messages: Partial<Record<ErrorCode, string>> = {
    AUTH: 'The server refused the login. With IAM: check the user, its rds_iam role, the policy (rds-db:connect) and the region.',
    CONFIG: 'The database does not exist on the server: check `database`.',
    PERMISSION: 'The user may not connect to this database: GRANT CONNECT on it.',
  };
  const message = messages[code] ?? `The server refused the connection (SQLSTATE ${native.code}); see serverMessage.`;
  return new ConnectorError(code, message, details(native));
}
