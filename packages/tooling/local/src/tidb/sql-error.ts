/** An error as MySQL's protocol carries it. */
export interface SqlError {
  readonly errno: number;
  readonly sqlState: string;
  readonly message: string;
}

/**
 * How `/v1beta/sql` writes an SQL error; which form the real service uses is not certain.
 * - `message`: `{"code":151100004,"message":"Error 1062 (23000): Duplicate entry …"}`
 * - `code`: `{"code":1062,"message":"Duplicate entry …"}`
 * - `code-text`: the same with `"code":"1062"`, as the npm driver's types have it
 */
export type ErrorForm = 'message' | 'code' | 'code-text';

/** The body of a reply that is not 2xx. */
export interface ErrorBody {
  readonly code: number | string;
  readonly message: string;
}

/** A refusal by the service itself, before any SQL. */
export class ServiceError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** Seen in public: an expired session, with HTTP 400. */
export const sessionExpired = (): ServiceError =>
  new ServiceError(400, { code: 61100002, message: 'the session has expired, please start a new one' });

/** Seen in public with HTTP 500. */
export const internalErrorCode = 151100004;

/** Undefined for what is no error of the engine, such as a lost connection. */
export function readSqlError(error: unknown): SqlError | undefined {
  const { errno, sqlState, sqlMessage } = error as { errno?: number; sqlState?: string; sqlMessage?: string };
  if (typeof errno !== 'number' || typeof sqlMessage !== 'string') return undefined;
  return { errno, sqlState: sqlState || 'HY000', message: sqlMessage };
}

export function errorBody({ errno, sqlState, message }: SqlError, form: ErrorForm): ErrorBody {
  if (form === 'message') return { code: internalErrorCode, message: `Error ${errno} (${sqlState}): ${message}` };
  return { code: form === 'code' ? errno : String(errno), message };
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
