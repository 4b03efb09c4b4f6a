import { ConnectorError, type ErrorCode, type Outcome, serverRefused } from '@sqlport/core/spi';
import { mysqlConstraint, mysqlErrorCode } from '@sqlport/dialect';
import { NAME } from './config.ts';
import type { Mysql2Error } from './mysql2-connection.ts';

/** Where a statement ran, which decides what an error says about it. */
export type Place = 'statement' | 'procedure' | 'transaction' | 'commit';

/**
 * Outcome of a statement that the server answered with an error. It undoes what the statement did (tables of engines
 * without transactions excepted), but for the statements that a procedure ran before the one that failed; and
 * after an error in COMMIT nobody knows.
 */
const REFUSED: Readonly<Record<Place, Outcome>> = {
  statement: 'not-applied',
  procedure: 'unknown',
  transaction: 'not-applied',
  commit: 'unknown',
};

/** ER_LOCK_DEADLOCK and ER_TRANSACTION_ROLLBACK_DURING_COMMIT: nothing was committed. */
const ROLLED_BACK_BY_COMMIT: ReadonlySet<number> = new Set([1213, 3101]);

/** RDS Proxy had no connection to lend, so that the statement did not reach the server. */
const NOT_LENT = 9501;

function outcomeOf(errno: number, place: Place): Outcome {
  if (errno === NOT_LENT || (place === 'commit' && ROLLED_BACK_BY_COMMIT.has(errno))) return 'not-applied';
  return REFUSED[place];
}

/** The error for the server's error packet. */
export function serverError(native: Mysql2Error, place: Place): ConnectorError {
  const errno = native.errno ?? 0;
  const code = mysqlErrorCode(errno, native.sqlState, native.message);
  const constraint = mysqlConstraint(errno, native.message);
  const details = {
    ...IDENTITY,
    outcome: outcomeOf(errno, place),
    errno,
    ...(native.sqlState ? { sqlState: native.sqlState } : {}),
    ...(constraint === undefined ? {} : { constraint }),
    serverMessage: native.message,
    cause: native,
  };
  return serverRefused(code, details, CURES[errno] ?? (code === 'AUTH' ? REFUSED_LOGIN : undefined));
}

/** The error for a connection that was lost before a statement was sent, or while it ran. */
export function lostError(native: Error, place: Place, sent: boolean): ConnectorError {
  if (place === 'transaction') {
    return new ConnectorError(
      'TRANSACTION',
      'The connection to the server was lost; the server rolls the open transaction back. Run the transaction again.',
      { ...IDENTITY, outcome: 'not-applied', cause: native },
    );
  }
  if (!sent) {
    return new ConnectorError('UNREACHABLE', 'The connection to the server was lost before the statement was sent.', {
      ...IDENTITY,
      cause: native,
    });
  }
  return new ConnectorError(
    'UNREACHABLE',
    place === 'commit'
      ? 'The connection to the server was lost during COMMIT: the transaction may or may not be committed.'
      : 'The connection to the server was lost while the statement ran: it may or may not have been applied.',
    { ...IDENTITY, outcome: 'unknown', cause: native },
  );
}

/**
 * The error for a physical connection that could not be opened. `certificateProblem` is the socket's
 * `authorizationError`: mysql2 replaces the code of a TLS error by its own.
 */
export function connectError(native: Mysql2Error, certificateProblem: unknown): ConnectorError {
  // Deno's socket does not have it, but its words are Node's.
  const isCertificate = native.code === 'HANDSHAKE_SSL_ERROR' && /certificate/i.test(native.message);
  if (certificateProblem || isCertificate) {
    return connectFailure('CONFIG', certificateMessage(certificateProblem), native);
  }
  if (native.code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return connectFailure('CONFIG', 'The server does not offer TLS, and nothing is sent without it.', native);
  }
  const isServers = native.sqlState !== undefined && (native.errno ?? 0) > 0;
  if (!isServers) {
    return connectFailure(
      'UNREACHABLE',
      `The server cannot be reached (${native.code ?? native.name}). Check host, port, network and security groups.`,
      native,
    );
  }
  const error = serverError(native, 'statement');
  return UNKNOWN_DATABASE.has(native.errno ?? 0)
    ? connectFailure('CONFIG', 'The server has no such database. Check "database".', native, error)
    : error;
}

function certificateMessage(problem: unknown): string {
  switch (problem) {
    case 'CERT_HAS_EXPIRED':
      return "The server's certificate has expired.";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'The server\'s certificate is for another name. Where "host" is an alias, give "signingHost" the real name.';
    default:
      return 'The server\'s certificate cannot be verified. Give the authority that issued it as "ca".';
  }
}

/** The same error where nothing of the caller's has been sent. */
export function asNotApplied(error: ConnectorError): ConnectorError {
  const { code, message, sqlState, errno, serverMessage, cause } = error;
  return new ConnectorError(code, message, {
    ...IDENTITY,
    ...(sqlState === undefined ? {} : { sqlState }),
    ...(errno === undefined ? {} : { errno }),
    ...(serverMessage === undefined ? {} : { serverMessage }),
    cause,
  });
}

/** The error for every call on a transaction that no longer exists. */
export function transactionGone(why: string, outcome: Outcome = 'not-applied'): ConnectorError {
  return new ConnectorError('TRANSACTION', why, { ...IDENTITY, outcome });
}

/** The error for a statement longer than the server accepts; nothing was sent. */
export function statementTooLong(bytes: number, limit: number): ConnectorError {
  return new ConnectorError(
    'DATA',
    `The statement has ${bytes} bytes, the server's max_allowed_packet is ${limit}. Send less at once, or raise it.`,
    IDENTITY,
  );
}

const IDENTITY = { adapter: NAME, dialect: 'mysql' } as const;

/** ER_BAD_DB_ERROR. */
const UNKNOWN_DATABASE = new Set([1049]);

function connectFailure(
  code: ErrorCode,
  message: string,
  native: Mysql2Error,
  server?: ConnectorError,
): ConnectorError {
  const { errno, sqlState } = server ?? {};
  return new ConnectorError(code, message, {
    ...IDENTITY,
    ...(errno === undefined ? {} : { errno }),
    ...(sqlState === undefined ? {} : { sqlState }),
    serverMessage: native.message,
    cause: native,
  });
}

/** What to do about errors that a more general message would hide, by error number. */
const CURES: Readonly<Record<number, string>> = {
  1153: "The statement is longer than the server's max_allowed_packet. Send less at once, or raise it.",
  1205: 'Another transaction holds a lock for too long (innodb_lock_wait_timeout).',
  1213: 'A deadlock: the server rolled the transaction back. Run it again.',
  1317: 'The statement was stopped on the server (KILL QUERY).',
  3024: "The statement ran longer than the server's max_execution_time.",
  3159: 'The server accepts logins over TLS only.',
};

const REFUSED_LOGIN =
  'The server refused the login. With IAM: check user, region, credentials and the rds-db:connect policy.';
