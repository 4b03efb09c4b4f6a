import {
  ConnectorError,
  type ConnectorErrorDetails,
  type ErrorCode,
  type Outcome,
  serverRefused,
} from '@sqlport/core/spi';
import { mysqlConstraint, mysqlErrorCode } from '@sqlport/dialect';
import { NAME } from './config.ts';
import type { HttpAnswer } from './http.ts';
import { type ServerWords, serverWords } from './server-words.ts';

/** What ran, which decides what an error says about it. */
export type Place = 'statement' | 'commit' | 'endpoint';

/**
 * Outcome of what the server refused: of a statement nothing stays; after an error in COMMIT nobody knows; an endpoint
 * of the Data Service may hold several statements, of which the first ones may have run.
 */
const REFUSED: Readonly<Record<Place, Outcome>> = {
  statement: 'not-applied',
  commit: 'unknown',
  endpoint: 'unknown',
};

/** Errors of COMMIT after which nothing is committed: deadlock, conflicts, and a schema or a key that changed meanwhile. */
const ROLLED_BACK_BY_COMMIT: ReadonlySet<number> = new Set([1062, 1213, 3101, 8002, 8022, 8028, 9007]);

/** The gateway's code for a session that has expired or does not exist. */
const SESSION_EXPIRED = 61_100_002;

/** How much of an answer that is no error of the server's is kept. */
export const KEPT_OF_BODY = 500;

/** The error for an answer whose status is not 2xx. */
export function serverError(answer: HttpAnswer, place: Place): ConnectorError {
  const words = wordsOf(answer.body);
  const isClusters = words?.errno !== undefined && words.gatewayCode !== SESSION_EXPIRED;
  return isClusters ? statementError(words, place) : gatewayError(answer, words);
}

/** The error for a number of MySQL or TiDB. */
export function statementError(words: ServerWords, place: Place): ConnectorError {
  const { errno = 0, sqlState, message } = words;
  const code = errno === SERIALIZABLE_REFUSED ? 'UNSUPPORTED' : mysqlErrorCode(errno, sqlState, message);
  const constraint = mysqlConstraint(errno, message);
  const refused = place === 'commit' && ROLLED_BACK_BY_COMMIT.has(errno) ? 'not-applied' : REFUSED[place];
  const details = {
    ...IDENTITY,
    // What a part of the cluster did before it was lost, the rest of it cannot tell.
    outcome: code === 'UNREACHABLE' || errno === RESULT_UNDETERMINED ? 'unknown' : refused,
    errno,
    ...(sqlState === undefined ? {} : { sqlState }),
    ...(constraint === undefined ? {} : { constraint }),
    serverMessage: message,
  } as const;
  return serverRefused(code, details, CURES[errno] ?? (code === 'AUTH' ? REFUSED_LOGIN : undefined));
}

/** The error for what the gateway says by itself, by its code, its words and the status. */
function gatewayError({ status, body }: HttpAnswer, said: ServerWords | undefined): ConnectorError {
  const { gatewayCode: number, message = '' } = said ?? {};
  const details = { serverMessage: message || body.slice(0, KEPT_OF_BODY) };
  if (number === SESSION_EXPIRED) {
    return connectorError('TRANSACTION', `${SESSION_LOST} (${status}, ${number})`, {
      ...details,
      outcome: 'not-applied',
    });
  }
  const words = message.slice(0, KEPT_OF_BODY);
  if (status !== 429 && ROW_LIMIT.test(words) && !QUOTATION.test(words)) {
    return connectorError('RESULT_TOO_LARGE', TOO_MANY_ROWS, { ...details, outcome: 'applied' });
  }
  const [code, text, outcome] = BY_STATUS[status] ?? FAILED;
  const inBrackets = number === undefined ? `HTTP ${status}` : `HTTP ${status}, code ${number}`;
  return connectorError(code, `${text} (${inBrackets})`, { ...details, outcome });
}

/** Words of the gateway's own: what TiDB says comes with an error number. */
const ROW_LIMIT = /\b10,?000\b.*\brows?\b|\brows?\b.*\b10,?000\b|\btoo many rows\b|\brow limit\b/is;

/** What is quoted may be a statement, which was refused. */
const QUOTATION = /['"`]/;

const TOO_MANY_ROWS =
  'The result has more than 10,000 rows, which is all that TiDB Cloud answers. Ask for less at once: LIMIT, and the next page WHERE the key is beyond the last one; stream() does not help.';

const REFUSED_LOGIN = 'TiDB Cloud refused the login. Check user (with the prefix of the cluster) and password.';

const NOT_TIDB = ['CONFIG', 'The host does not answer for TiDB Cloud. Check "host".', 'not-applied'] as const;

/** `not-applied` where the gateway refuses a request before it asks the cluster. */
const BY_STATUS: Readonly<Record<number, readonly [ErrorCode, string, Outcome]>> = {
  401: ['AUTH', REFUSED_LOGIN, 'not-applied'],
  403: [
    'AUTH',
    'TiDB Cloud refused the login. Check user, password and the access list of the cluster.',
    'not-applied',
  ],
  404: NOT_TIDB,
  405: NOT_TIDB,
  408: ['TIMEOUT', 'The request ran out of time at TiDB Cloud.', 'unknown'],
  413: ['DATA', 'The statement is longer than TiDB Cloud accepts. Send less at once.', 'not-applied'],
  429: ['THROTTLED', 'TiDB Cloud takes no more requests at the moment. Try again later.', 'not-applied'],
  502: ['UNREACHABLE', 'The gateway did not reach the cluster, or lost it.', 'unknown'],
  503: ['UNREACHABLE', 'TiDB Cloud is not available.', 'unknown'],
  504: ['UNREACHABLE', 'The cluster did not answer the gateway in time.', 'unknown'],
};

const FAILED = [
  'DATABASE',
  'TiDB Cloud did not serve the request; its words are in serverMessage.',
  'unknown',
] as const;

/** The message of a JSON error, or undefined. */
function wordsOf(body: string): ServerWords | undefined {
  try {
    const { code, message } = JSON.parse(body) as { code?: unknown; message?: unknown };
    return serverWords(code, message);
  } catch {
    return undefined;
  }
}

/** The error for every call on a transaction that no longer exists. */
export function transactionGone(why: string, outcome: Outcome = 'not-applied'): ConnectorError {
  return connectorError('TRANSACTION', why, { outcome });
}

/** An error of this adapter's. */
export function connectorError(code: ErrorCode, message: string, details: ConnectorErrorDetails = {}): ConnectorError {
  return new ConnectorError(code, message, { ...IDENTITY, ...details });
}

const IDENTITY = { adapter: NAME, dialect: 'mysql' } as const;

/** ErrResultUndetermined of TiDB. */
const RESULT_UNDETERMINED = 8501;

/** ErrUnsupportedIsolationLevel of TiDB. */
const SERIALIZABLE_REFUSED = 8048;

export const SESSION_LOST =
  'TiDB Cloud has given up the session of the transaction, and rolled it back. Run it again from its start.';

/** What to do about errors that a more general message would hide, by error number. */
const CURES: Readonly<Record<number, string>> = {
  1153: "The statement is longer than the server's max_allowed_packet. Send less at once.",
  1205: 'Another transaction holds a lock for too long (innodb_lock_wait_timeout).',
  1213: 'A deadlock: the server rolled the transaction back. Run it again.',
  1317: 'The statement was stopped on the server (KILL).',
  3024: "The statement ran longer than the server's max_execution_time.",
  8004: 'The transaction is too large for the cluster. Do less in one.',
  8501: 'TiDB cannot tell whether this was committed.',
  8048: "TiDB has no isolation level serializable. Use 'repeatable read', which is snapshot isolation, and SELECT … FOR UPDATE.",
};
