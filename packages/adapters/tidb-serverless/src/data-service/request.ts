import { check } from '@sqlport/core/spi';
import { connectorError } from '../error.ts';

/** Parameters of an endpoint by name; with POST and PUT also what JSON can hold beside. */
export type DataServiceParams = Readonly<Record<string, unknown>>;

/** Options of a call. */
export interface CallOptions {
  /**
   * As the endpoint was made. Default GET. With GET and DELETE the parameters go in the URL, with POST and PUT they are a
   * JSON body.
   */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Aborts the call: its promise settles at once. */
  readonly signal?: AbortSignal;
  /** Longest time of each request, in milliseconds. Default: the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** What a call sends, before it is authorized. */
export interface EndpointRequest {
  readonly method: string;
  /** Path, with its first slash, and query. */
  readonly uri: string;
  /** JSON, or undefined where there is none. */
  readonly body: string | undefined;
}

/** The request for an endpoint below a path that ends with a slash. Throws `DATA`. */
export function endpointRequest(
  base: string,
  path: string,
  params: DataServiceParams,
  { method = 'GET' }: CallOptions,
): EndpointRequest {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw connectorError('DATA', 'The parameters must be an object; rows of a batch go in { items: [...] }.');
  }
  const endpoint = base + checkPath(path);
  return method === 'POST' || method === 'PUT'
    ? { method, uri: endpoint, body: jsonOf(params) }
    : { method, uri: endpoint + queryOf(params), body: undefined };
}

/** Throws `DATA`, so that no slip turns a limit off. */
export function checkOptions(options: CallOptions): void {
  if (typeof options !== 'object' || options === null) throw connectorError('DATA', 'The options must be an object.');
  const { method, signal, timeoutMs } = options;
  const wrong = {
    method: METHOD(method),
    signal: signal === undefined || typeof signal?.addEventListener === 'function' ? undefined : 'an AbortSignal',
    timeoutMs: LIMIT(timeoutMs),
  };
  for (const [name, wanted] of Object.entries(wrong)) {
    if (wanted !== undefined) throw connectorError('DATA', `Option ${name} must be ${wanted}.`);
  }
}

const METHOD = check.optional(check.oneOf('GET', 'POST', 'PUT', 'DELETE'));
const LIMIT = check.optional(check.milliseconds);

/** What a part of a path may hold; a dot or a slash that is encoded could lead elsewhere. */
const PART = /^(?!\.)([\w.~!'()*-]|%(?!2[ef]|5c)[0-9a-f]{2})+$/i;

/** The path without its first slash. Throws `DATA` for what might lead to another place than an endpoint of the app. */
function checkPath(path: unknown): string {
  const parts = typeof path === 'string' ? path.replace(/^\//, '').split('/') : [];
  if (parts.length > 0 && parts.every((part) => PART.test(part))) return parts.join('/');
  throw connectorError(
    'DATA',
    'The path of an endpoint looks like /users/by-name; values in it must be encoded (encodeURIComponent), without dots at the start, and without slashes.',
  );
}

function queryOf(params: DataServiceParams): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const isText =
      (typeof value === 'string' && value.isWellFormed()) || typeof value === 'boolean' || typeof value === 'bigint';
    if (!isText && !(typeof value === 'number' && Number.isFinite(value))) {
      throw connectorError(
        'DATA',
        `The value of parameter "${name}" must be a string (without lone surrogates), a finite number, a bigint or a boolean.`,
      );
    }
    query.append(name, String(value));
  }
  const text = query.toString();
  return text && `?${text}`;
}

function jsonOf(params: DataServiceParams): string {
  try {
    return JSON.stringify(params, (_, value: unknown) => {
      const isLost = /^(undefined|function|symbol)$/.test(typeof value);
      if (isLost || (typeof value === 'number' && !Number.isFinite(value))) throw new TypeError();
      return value;
    });
  } catch {
    // The native error may quote a value.
    throw connectorError(
      'DATA',
      'The parameters hold what JSON has no form for: undefined, a function, a symbol, a bigint, NaN or a cycle.',
    );
  }
}
