import { check } from '@sqlport/core/spi';
import { basicAuthorization } from '../authorization.ts';
import { connectorError } from '../error.ts';
import { type Fetch, runtimeFetch } from '../fetch.ts';
import { exchange, type HttpAnswer } from '../http.ts';
import { unreadable } from '../request-error.ts';
import { checkConfig, type DataServiceConfig } from './config.ts';
import { type DigestChallenge, digestAuthorization, readChallenge } from './digest.ts';
import { failedEndpoint, refusal } from './error.ts';

/** Parameters of an endpoint by name; for POST also what JSON can hold beside. */
export type DataServiceParams = Readonly<Record<string, unknown>>;

/** Options of a call. */
export interface CallOptions {
  /** As the endpoint was made. Default GET: parameters go in the URL; with POST they are a JSON body. */
  readonly method?: 'GET' | 'POST';
  /** Aborts the call: its promise settles at once. */
  readonly signal?: AbortSignal;
  /** Longest time of each request, in milliseconds. Default: the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
}

export interface DataServiceColumn {
  readonly name: string;
  /** TiDB's name, upper case: `BIGINT`, `VARCHAR`. */
  readonly type: string;
  readonly nullable: boolean;
}

/** What an endpoint answered; of several statements, the last one's result. */
export interface DataServiceResult<R> {
  /** As the Data Service writes them: mostly strings, also for numbers. They are not decoded. */
  readonly rows: readonly R[];
  readonly columns: readonly DataServiceColumn[];
  readonly rowsAffected: number;
}

/** Calls the endpoints of one Data App. Holds nothing that has to be closed. */
export interface DataService {
  /**
   * Calls the endpoint at `path` (`/users/by-name`). Every failure is a `ConnectorError`; nothing is repeated, whatever its
   * `retryable` says.
   */
  call<R = Record<string, unknown>>(
    path: string,
    params?: DataServiceParams,
    options?: CallOptions,
  ): Promise<DataServiceResult<R>>;
}

/** A client for a Data App. Throws `CONFIG` that names the wrong field; sends nothing. */
export function dataService(config: DataServiceConfig): DataService {
  checkConfig(config);
  return new HttpDataService(config);
}

/** A request before it is authorized. */
interface Request {
  readonly method: string;
  readonly origin: string;
  /** Path and query. */
  readonly uri: string;
  readonly body: string | undefined;
  readonly limits: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number };
}

class HttpDataService implements DataService {
  readonly #config: DataServiceConfig;
  readonly #fetch: Fetch;
  /** The last challenge, and how often its nonce was used. */
  #digest: { readonly challenge: DigestChallenge; used: number } | undefined;

  constructor(config: DataServiceConfig) {
    this.#config = config;
    this.#fetch = config.fetch ?? runtimeFetch;
  }

  async call<R = Record<string, unknown>>(
    path: string,
    params: DataServiceParams = {},
    options: CallOptions = {},
  ): Promise<DataServiceResult<R>> {
    const { method = 'GET', signal, timeoutMs } = checkOptions(options);
    const { region, app, requestTimeoutMs = 60_000 } = this.#config;
    const endpoint = `/api/v1beta/app/${app}/endpoint/${checkPath(path)}`;
    const isGet = method === 'GET';
    const answer = await this.#authorized({
      method,
      origin: `https://${region}.data.tidbcloud.com`,
      uri: isGet ? endpoint + queryOf(params) : endpoint,
      body: isGet ? undefined : jsonOf(params),
      limits: { signal, timeoutMs: timeoutMs ?? requestTimeoutMs },
    });
    if (answer.status < 200 || answer.status > 299) throw refusal(answer);
    return resultOf<R>(answer.body);
  }

  async #authorized(request: Request): Promise<HttpAnswer> {
    const { auth = 'basic', publicKey, privateKey } = this.#config;
    if (auth === 'basic') return this.#send(request, basicAuthorization(publicKey, privateKey));
    const answer = await this.#send(request, this.#answerTo(request));
    const challenge = answer.status === 401 ? readChallenge(answer.headers.get('WWW-Authenticate')) : undefined;
    if (challenge === undefined) return answer;
    // Nothing has run: there was no challenge to answer yet, or its nonce has expired.
    this.#digest = { challenge, used: 0 };
    return this.#send(request, this.#answerTo(request));
  }

  /** The header for the challenge that is known, or undefined. */
  #answerTo({ method, uri }: Request): string | undefined {
    if (this.#digest === undefined) return undefined;
    this.#digest.used += 1;
    const { challenge, used: count } = this.#digest;
    const { publicKey: user, privateKey: password } = this.#config;
    return digestAuthorization(challenge, { method, uri, count, user, password });
  }

  #send({ method, origin, uri, body, limits }: Request, authorization: string | undefined): Promise<HttpAnswer> {
    const headers = {
      Accept: 'application/json',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(this.#config.draft ? { 'endpoint-type': 'draft' } : {}),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    return exchange(this.#fetch, origin + uri, { method, headers, ...(body === undefined ? {} : { body }) }, limits);
  }
}

/** Throws `DATA`, so that no slip turns a limit off. */
function checkOptions(options: CallOptions): CallOptions {
  const { method = 'GET', signal, timeoutMs = 1 } = options;
  if (method !== 'GET' && method !== 'POST') throw connectorError('DATA', "Option method must be 'GET' or 'POST'.");
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw connectorError('DATA', 'Option signal must be an AbortSignal.');
  }
  const wrong = check.milliseconds(timeoutMs);
  if (wrong !== undefined) throw connectorError('DATA', `Option timeoutMs must be ${wrong}.`);
  return options;
}

/** What a part of a path may hold; a dot or a slash that is encoded could lead elsewhere. */
const PART = /^(?!\.)([\w.~-]|%(?!2[ef]|5c)[0-9a-f]{2})+$/i;

/** The path without its first slash. Throws `DATA` for what might lead to another place than an endpoint of the app. */
function checkPath(path: unknown): string {
  const parts = typeof path === 'string' ? path.replace(/^\//, '').split('/') : [];
  if (parts.length > 0 && parts.every((part) => PART.test(part))) return parts.join('/');
  throw connectorError(
    'DATA',
    'The path of an endpoint looks like /users/by-name; values in it must be encoded (encodeURIComponent), without dots at the start.',
  );
}

function queryOf(params: DataServiceParams): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const isText = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint';
    if (!isText && !(typeof value === 'number' && Number.isFinite(value))) {
      throw connectorError(
        'DATA',
        `The value of parameter "${name}" must be a string, a finite number, a bigint or a boolean.`,
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
      if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) throw new TypeError();
      return value;
    });
  } catch {
    // The native error may quote a value.
    throw connectorError('DATA', 'The parameters hold what JSON has no form for: undefined, a bigint, NaN or a cycle.');
  }
}

/** The parts of an answer that are read. */
interface Answer {
  readonly data?: {
    readonly columns?:
      | readonly { readonly col: string; readonly data_type: string; readonly nullable: boolean }[]
      | null;
    readonly rows?: readonly unknown[] | null;
    readonly result?: { readonly code?: unknown; readonly message?: unknown; readonly row_affect?: unknown };
  };
}

/** Reads an answer of status 200, which may all the same be an error. */
function resultOf<R>(body: string): DataServiceResult<R> {
  let data: Answer['data'];
  try {
    data = (JSON.parse(body) as Answer).data;
  } catch {
    throw unreadable('no JSON', body);
  }
  const { columns, rows, result } = data ?? {};
  if (result === undefined) throw unreadable('JSON of another shape', body);
  if (Number(result.code) !== 200) throw failedEndpoint(result.code, result.message);
  return {
    rows: (rows ?? []) as readonly R[],
    columns: (columns ?? []).map(({ col, data_type, nullable }) => ({ name: col, type: data_type, nullable })),
    rowsAffected: Number(result.row_affect ?? 0),
  };
}
