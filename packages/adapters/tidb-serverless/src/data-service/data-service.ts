import { basicAuthorization } from '../authorization.ts';
import { type Fetch, runtimeFetch } from '../fetch.ts';
import { exchange, type HttpAnswer, type RequestLimits } from '../http.ts';
import { checkConfig, type DataServiceConfig } from './config.ts';
import { type DigestChallenge, digestAuthorization, readChallenge } from './digest.ts';
import { refusal } from './error.ts';
import {
  type CallOptions,
  checkOptions,
  type DataServiceParams,
  type EndpointRequest,
  endpointRequest,
} from './request.ts';
import { type DataServiceResult, resultOf } from './result.ts';

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

class HttpDataService implements DataService {
  readonly #config: DataServiceConfig;
  readonly #fetch: Fetch;
  /** The last challenge, and how often its nonce was used. */
  #digest: { readonly challenge: DigestChallenge; used: number } | undefined;

  constructor(config: DataServiceConfig) {
    this.#config = { ...config };
    this.#fetch = config.fetch ?? runtimeFetch;
  }

  async call<R = Record<string, unknown>>(
    path: string,
    params: DataServiceParams = {},
    options: CallOptions = {},
  ): Promise<DataServiceResult<R>> {
    checkOptions(options);
    const { app, requestTimeoutMs = 60_000 } = this.#config;
    const { signal, timeoutMs = requestTimeoutMs } = options;
    const request = endpointRequest(`/api/v1beta/app/${app}/endpoint/`, path, params, options);
    const answer = await this.#authorized(request, { signal, timeoutMs });
    if (answer.status < 200 || answer.status > 299) throw refusal(answer);
    return resultOf<R>(answer.body);
  }

  async #authorized(request: EndpointRequest, limits: RequestLimits): Promise<HttpAnswer> {
    const { auth = 'basic', publicKey, privateKey } = this.#config;
    if (auth === 'basic') return this.#send(request, limits, basicAuthorization(publicKey, privateKey));
    const answer = await this.#send(request, limits, this.#answerTo(request));
    const challenge = answer.status === 401 ? readChallenge(answer.headers.get('WWW-Authenticate')) : undefined;
    if (challenge === undefined) return answer;
    // Nothing has run: there was no challenge to answer yet, or its nonce has expired.
    this.#digest = { challenge, used: 0 };
    return this.#send(request, limits, this.#answerTo(request));
  }

  /** The header for the challenge that is known, or undefined. */
  #answerTo({ method, uri }: EndpointRequest): string | undefined {
    if (this.#digest === undefined) return undefined;
    this.#digest.used += 1;
    const { challenge, used: count } = this.#digest;
    const { publicKey: user, privateKey: password } = this.#config;
    return digestAuthorization(challenge, { method, uri, count, user, password });
  }

  #send(
    { method, uri, body }: EndpointRequest,
    limits: RequestLimits,
    authorization: string | undefined,
  ): Promise<HttpAnswer> {
    const { region, draft } = this.#config;
    const url = `https://${region}.data.tidbcloud.com${uri}`;
    const headers = {
      Accept: 'application/json',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(draft ? { 'endpoint-type': 'draft' } : {}),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    return exchange(this.#fetch, url, { method, headers, ...(body === undefined ? {} : { body }) }, limits);
  }
}
