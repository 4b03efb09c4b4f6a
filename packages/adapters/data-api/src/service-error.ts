import { ConnectorError, type ErrorCode } from '@sqlport/core/spi';
import type { Failure, Place } from './error.ts';
import { NOT_COMMITTED, outcomeIn, statusOf } from './lost-reply.ts';

/** What an exception of the API means; undefined for a fault of the service, which may have come before or after the statement. */
export function serviceError(name: string, context: Failure): ConnectorError | undefined {
  const { native, message, place } = context;
  const details = { cause: native, serverMessage: message };
  const transaction = transactionError(message);
  // Of a stream's own transaction its reader knows nothing.
  if (transaction !== undefined) {
    return new ConnectorError(place === 'stream' ? 'UNREACHABLE' : 'TRANSACTION', transaction, details);
  }
  if (name === 'DatabaseResumingException' || RESUMING.test(message)) {
    return new ConnectorError(
      'RESUMING',
      'The cluster resumes after an automatic pause: try again in some seconds.',
      details,
    );
  }
  if (name === 'StatementTimeoutException') return statementTimeout(context);
  if (PACKET_TOO_LARGE.test(message)) return packetTooLarge(context);
  if (name === 'UnsupportedResultException' || UNREADABLE.test(message) || TOO_LARGE.test(message)) {
    return unreadableResult(context);
  }
  if (THROTTLING.has(name) || statusOf(native) === 429) {
    return new ConnectorError('THROTTLED', 'The Data API throttles: too many requests at a time.', details);
  }
  const denied = deniedError(name, message, place);
  if (denied !== undefined) return new ConnectorError('PERMISSION', denied, details);
  const known = BY_NAME[name] ?? BY_TEXT.find(([text]) => text.test(message))?.[1];
  if (known !== undefined) return new ConnectorError(known[0], known[1], details);
  // What the database said without a code, such as a lost link, and what a failing service or a proxy says.
  if (DATABASE_WITHOUT_CODE.has(name) || (statusOf(native) ?? 500) >= 500) return undefined;
  return new ConnectorError('DATABASE', `The Data API refused the request (${name}); see serverMessage.`, details);
}

const RESUMING = /^The Aurora DB instance \S+ is resuming after being auto-paused/;
const UNREADABLE = /^The result contains (?:the unsupported data type|a multidimensional array)/;
const TOO_LARGE = /^(?:The result exceeds the size limit|Database returned more than the allowed response size limit)/;
/** What MySQL's driver says of a statement that it does not send, and of a result that it does not read. */
const PACKET_TOO_LARGE = /^Packet for query is too large/;
/** v1 has only the second one, for everything. */
const DATABASE_WITHOUT_CODE = new Set(['DatabaseErrorException', 'BadRequestException']);
const THROTTLING = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

/** Said at once when a request meets another one on its transaction. */
export const STILL_RUNNING = /^Transaction is still running a query/;

/** The API's texts about a transaction that it does not have, or that is busy. The statement was not run. */
function transactionError(message: string): string | undefined {
  if (/^Transaction \S+ is not found/i.test(message)) {
    return 'The transaction has ended on the server: it was idle for more than 3 minutes, failed, or was ended. Run it again.';
  }
  if (STILL_RUNNING.test(message)) {
    return 'An earlier statement of the transaction still runs. Run the transaction again.';
  }
  return undefined;
}

/** The API stops a statement after 45 seconds. Whether it was in time is not said. */
function statementTimeout({ native, message, place }: Failure): ConnectorError {
  return new ConnectorError(
    'TIMEOUT',
    'The statement took longer than the 45 seconds that the Data API allows. DDL goes on running (continueAfterTimeout); cut other work into smaller pieces.',
    {
      cause: native,
      serverMessage: message,
      outcome: outcomeIn(place),
    },
  );
}

/** The statement has run; only its result cannot be had. One that is too large may have cost the transaction. */
function unreadableResult({ native, message, place, engine }: Failure): ConnectorError {
  const details = { cause: native, serverMessage: message, outcome: 'applied' } as const;
  if (TOO_LARGE.test(message)) {
    return new ConnectorError(
      'RESULT_TOO_LARGE',
      'The result is larger than the 1 MiB that the Data API returns: select fewer rows or columns at a time (LIMIT with a key to go on from), or use stream().',
      { ...details, outcome: NOT_COMMITTED.has(place) ? 'not-applied' : 'applied' },
    );
  }
  return new ConnectorError(
    'UNSUPPORTED',
    engine === 'mysql'
      ? 'The result has a column of a type that the Data API cannot return (geometric types): convert it, as in ST_AsText(col).'
      : 'The result has a column of a type that the Data API cannot return (interval, money, xml, geometric types …), or an array of several dimensions: cast it, as in col::text.',
    details,
  );
}

function packetTooLarge({ native, message, place }: Failure): ConnectorError {
  return new ConnectorError(
    'RESULT_TOO_LARGE',
    'The statement, or its result, is larger than max_allowed_packet in the DB cluster parameter group: send or select less at a time.',
    { cause: native, serverMessage: message, outcome: outcomeIn(place) },
  );
}

/** IAM's refusals, with the action that is missing. */
function deniedError(name: string, message: string, place: Place): string | undefined {
  if (name !== 'AccessDeniedException' && name !== 'ForbiddenException') return undefined;
  const named = /\bperform: ([a-z-]+:\w+)/.exec(message)?.[1];
  const action = named ?? `rds-data:${ACTIONS[place]}`;
  const where = action.startsWith('rds-data:')
    ? 'the cluster'
    : action.startsWith('kms:')
      ? "the secret's key"
      : 'the secret';
  return `The AWS identity lacks a permission: allow ${action} on ${where}. The Data API also needs secretsmanager:GetSecretValue on the secret.`;
}

const ACTIONS: Readonly<Record<Place, string>> = {
  statement: 'ExecuteStatement',
  procedure: 'ExecuteStatement',
  transaction: 'ExecuteStatement',
  stream: 'ExecuteStatement',
  begin: 'BeginTransaction',
  commit: 'CommitTransaction',
};

const BAD_CREDENTIALS: readonly [ErrorCode, string] = [
  'AUTH',
  'AWS refused the credentials: check the access key, the session token and the clock of this machine.',
];
const BAD_SECRET: readonly [ErrorCode, string] = [
  'AUTH',
  'The secret cannot be used: check secretArn, that it holds a user name and a password, and that the identity may secretsmanager:GetSecretValue (and kms:Decrypt with a key of its own).',
];
const NO_CLUSTER: readonly [ErrorCode, string] = [
  'CONFIG',
  'There is no such cluster or database: check resourceArn, its region and database.',
];

const NO_HTTP_ENDPOINT: readonly [ErrorCode, string] = [
  'CONFIG',
  'The Data API is not enabled on the cluster: switch on its HTTP endpoint (EnableHttpEndpoint).',
];
const INVALID: readonly [ErrorCode, string] = [
  'DATA',
  'The Data API does not take the statement as it is; see serverMessage.',
];

/** The request was refused before the database saw it. */
const BY_NAME: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  UnrecognizedClientException: BAD_CREDENTIALS,
  InvalidSignatureException: BAD_CREDENTIALS,
  SignatureDoesNotMatch: BAD_CREDENTIALS,
  InvalidClientTokenId: BAD_CREDENTIALS,
  IncompleteSignatureException: BAD_CREDENTIALS,
  MissingAuthenticationTokenException: BAD_CREDENTIALS,
  MissingAuthenticationToken: BAD_CREDENTIALS,
  ExpiredTokenException: BAD_CREDENTIALS,
  ExpiredToken: BAD_CREDENTIALS,
  RequestExpired: BAD_CREDENTIALS,
  OptInRequired: BAD_CREDENTIALS,
  InvalidSecretException: BAD_SECRET,
  SecretsErrorException: BAD_SECRET,
  DatabaseNotFoundException: NO_CLUSTER,
  NotFoundException: NO_CLUSTER,
  HttpEndpointNotEnabledException: NO_HTTP_ENDPOINT,
  InvalidResourceStateException: ['UNREACHABLE', 'The cluster is not available at the moment.'],
  TransactionNotFoundException: ['TRANSACTION', 'The transaction has ended on the server. Run it again.'],
  ValidationException: INVALID,
  RequestEntityTooLargeException: ['DATA', 'The request is larger than the Data API accepts. Send less at once.'],
};

/** What v1 says of the same, in exceptions of no particular name. */
const BY_TEXT: readonly (readonly [RegExp, readonly [ErrorCode, string]])[] = [
  [/^HttpEndpoint is not enabled/, NO_HTTP_ENDPOINT],
  [/^The DB cluster \S+ doesn't have a DB instance/, NO_CLUSTER],
  [/^Secrets Manager can't |^The secret does not hold /, BAD_SECRET],
  [/^Multistatements aren't supported|^Named parameter syntax is invalid|^Array parameters are not supported/, INVALID],
];
