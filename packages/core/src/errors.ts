import type { Dialect, ErrorCode } from '@sqlport/dialect';

/**
 * Whether the statement may have run.
 * - `not-applied`: it certainly had no effect.
 * - `applied`: it ran, only its result could not be delivered.
 * - `unknown`: it was sent and nobody can tell.
 */
export type Outcome = 'not-applied' | 'applied' | 'unknown';

/** The constraint that a statement violated; each member only where the server says it. */
export interface Constraint {
  readonly kind: 'unique' | 'foreign-key' | 'not-null' | 'check' | 'exclusion';
  readonly name?: string;
  readonly table?: string;
  readonly column?: string;
}

/** What a {@link ConnectorError} carries beside its code and message. */
export interface ConnectorErrorDetails {
  /** Default `not-applied`: most errors are raised before anything is sent. */
  readonly outcome?: Outcome;
  /** Name of the adapter; core fills it in where the adapter did not. */
  readonly adapter?: string;
  readonly dialect?: Dialect;
  /** Five characters, as the server sent them. */
  readonly sqlState?: string;
  /** MySQL's error number. */
  readonly errno?: number;
  readonly constraint?: Constraint;
  /** The server's own words. They may hold data, so they are kept out of `message`, JSON and `util.inspect`. */
  readonly serverMessage?: string;
  /** The native error; only its name, code, errno, sqlState and stack frames are kept. */
  readonly cause?: unknown;
}

/** Survives duplicate copies of this package in one process. */
const BRAND = Symbol.for('sqlport.ConnectorError');

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['RESUMING', 'THROTTLED', 'UNREACHABLE', 'CONFLICT']);

/** The only class that sqlport throws. `code` is stable; messages may change between versions. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ErrorCode;
  readonly outcome: Outcome;
  declare readonly adapter?: string;
  declare readonly dialect?: Dialect;
  declare readonly sqlState?: string;
  declare readonly errno?: number;
  declare readonly constraint?: Constraint;
  /** Non-enumerable: the server's own words, which may quote data. */
  declare readonly serverMessage?: string;

  constructor(code: ErrorCode, message: string, details: ConnectorErrorDetails = {}) {
    const cause = withoutData(details.cause);
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.outcome = details.outcome ?? 'not-applied';
    if (details.adapter !== undefined) this.adapter = details.adapter;
    if (details.dialect !== undefined) this.dialect = details.dialect;
    if (details.sqlState !== undefined) this.sqlState = details.sqlState;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.constraint !== undefined) this.constraint = details.constraint;
    if (details.serverMessage !== undefined) {
      Object.defineProperty(this, 'serverMessage', { value: details.serverMessage, enumerable: false });
    }
    Object.defineProperty(this, BRAND, { value: true, enumerable: false });
  }

  /** True where running the same work again is safe and may succeed. For `CONFLICT`: the whole transaction. */
  get retryable(): boolean {
    return this.outcome === 'not-applied' && RETRYABLE.has(this.code);
  }

  /** What may be logged: everything but the server's own words. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, outcome, retryable, adapter, dialect, sqlState, errno, constraint } = this;
    return { name, code, message, outcome, retryable, adapter, dialect, sqlState, errno, constraint };
  }
}

/** True for every {@link ConnectorError}, also one made by another copy of this package. */
export function isConnectorError(error: unknown): error is ConnectorError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/** A copy of a native error's allow-listed fields: native errors hold SQL with parameters, URLs with passwords, key values. */
function withoutData(native: unknown): unknown {
  if (isConnectorError(native)) return native;
  if (!(native instanceof Error)) return undefined;
  const source = native as Error & { code?: unknown; errno?: unknown; sqlState?: unknown };
  const copy = new Error('(message withheld: it may hold data; see serverMessage)') as typeof source;
  copy.name = source.name;
  copy.stack = `${copy.name}${framesOf(source)}`;
  for (const field of ['code', 'errno', 'sqlState'] as const) {
    const value = source[field];
    if (typeof value === 'string' || typeof value === 'number') copy[field] = value;
  }
  return copy;
}

/** The stack without the message that it begins with. Empty where the two cannot be told apart. */
function framesOf({ message, stack }: Error): string {
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  const at = stack.indexOf(message);
  const frames = at < 0 ? '' : stack.slice(at + message.length);
  return /^\n\s+at /.test(frames) ? frames : '';
}

/**
 * Makes whatever was thrown a `ConnectorError` that names its adapter. Anything but a `ConnectorError` is a fault of
 * the adapter, and nobody knows what became of the statement.
 */
export function attributed(error: unknown, adapter: string, dialect: Dialect): ConnectorError {
  if (!isConnectorError(error)) {
    return new ConnectorError('INTERNAL', `Adapter ${adapter} failed in a way that it should not. Please report it.`, {
      adapter,
      dialect,
      outcome: 'unknown',
      cause: error,
    });
  }
  const own = error as { adapter?: string; dialect?: Dialect };
  own.adapter ??= adapter;
  own.dialect ??= dialect;
  return error;
}

/** The same error with another code, message or outcome, for who knows more than who threw it. */
export function revised(
  error: ConnectorError,
  changes: { readonly code?: ErrorCode; readonly message?: string; readonly outcome?: Outcome },
): ConnectorError {
  const { code = error.code, message = error.message, outcome = error.outcome } = changes;
  // Own fields are the details; serverMessage and cause are not enumerable.
  const { serverMessage, cause } = error;
  const details = { ...error, serverMessage, cause, outcome } as ConnectorErrorDetails;
  return new ConnectorError(code, message, details);
}
