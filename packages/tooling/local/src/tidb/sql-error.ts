/** An error as MySQL's protocol carries it. */
export interface SqlError {
  readonly errno: number;
  readonly sqlState: string;
  readonly message: string;
}

/**
 * How `/v1beta/sql` writes an SQL error; which form the real service uses is not certain.
 * - `message`: HTTP 500 with `{"code":151100004,"message":"Error 1062 (23000): Duplicate entry …"}`, as Go's MySQL
 *   driver writes errors
 * - `code`: HTTP 400 with `{"code":1062,"message":"Duplicate entry …"}`
 * - `code-text`: the same with `"code":"1062"`, as the npm driver's types have it
 */
export type TidbErrorForm = 'message' | 'code' | 'code-text';

/** The body of a reply that is not 2xx. */
export interface ErrorBody {
  readonly code: number | string;
  readonly message: string;
}

/** A refusal by the service itself, in place of a result. */
export class ServiceError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.body = { code, message };
  }
}

/** With HTTP 400 it has been seen in public; its text has not. */
export const sessionExpired = (): ServiceError =>
  new ServiceError(400, 61100002, 'the session has expired, please start a new one');

/** Seen in public with HTTP 500, when the service could not use its own connection. */
export const internalErrorCode = 151100004;

export const internalError = (message: string): ServiceError => new ServiceError(500, internalErrorCode, message);

/** Undefined for what is no error of the engine, such as a lost connection. */
export function readSqlError(error: unknown): SqlError | undefined {
  const { errno, sqlState, sqlMessage } = error as { errno?: number; sqlState?: string; sqlMessage?: string };
  if (typeof errno !== 'number' || typeof sqlMessage !== 'string') return undefined;
  return { errno, sqlState: sqlState || 'HY000', message: sqlMessage };
}

export function writeSqlError(
  error: SqlError,
  form: TidbErrorForm,
): { readonly status: number; readonly body: ErrorBody } {
  const { errno, sqlState, message } = error;
  if (form !== 'message') return { status: 400, body: { code: form === 'code' ? errno : String(errno), message } };
  return { status: 500, body: { code: internalErrorCode, message: `Error ${errno} (${sqlState}): ${message}` } };
}

/** TiDB's errors after which the whole transaction is to be run again. All have rolled it back. */
export const retryableErrors = {
  1213: {
    errno: 1213,
    sqlState: '40001',
    message: 'Deadlock found when trying to get lock; try restarting transaction',
  },
  8002: { errno: 8002, sqlState: 'HY000', message: '[1] can not retry select for update statement' },
  8022: { errno: 8022, sqlState: 'HY000', message: 'Error: KV error safe to retry [try again later]' },
  8028: {
    errno: 8028,
    sqlState: 'HY000',
    message: 'Information schema is changed during the execution of the statement [try again later]',
  },
  9007: {
    errno: 9007,
    sqlState: 'HY000',
    message: 'Write conflict, txnStartTS=1, conflictStartTS=2, conflictCommitTS=3, key={} [try again later]',
  },
} satisfies Record<number, SqlError>;

export type RetryableErrno = keyof typeof retryableErrors;
