import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EngineConnections, EngineLogin } from '../engine-connections.ts';
import { header, jsonReply, readBody, sendReply } from '../http-reply.ts';
import { runStatement } from '../run-statement.ts';
import { readSqlError } from '../sql-error.ts';
import { authenticate, type Caller } from './authenticate.ts';
import { BadParameter, bind, parameterNames } from './bind.ts';
import type { DataServiceCall, DataServiceControls, DataServiceEndpoint, DataServiceKey } from './controls.ts';
import { Digest, type DigestAlgorithm } from './digest.ts';
import { type Envelope, failure, gatewayFailure, success } from './envelope.ts';
import { type Quota, RateLimit } from './rate-limit.ts';
import { type Route, Routes } from './routes.ts';

export interface DataServiceSettings {
  readonly region: string;
  readonly clock: () => number;
  readonly connections: EngineConnections;
  /** As whom statements run. */
  readonly login: Omit<EngineLogin, 'database'>;
}

interface Reply {
  readonly status: number;
  readonly body: Envelope;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of `WWW-Authenticate`. */
  readonly challenges?: readonly string[];
}

const methods = new Set(['GET', 'POST', 'PUT', 'DELETE']);
const code = { expiredKey: 49900002, rateLimit: 49900007 };
const defaultRequestsPerMinute = 100;
const defaultMaxRows = 1000;

/** One Data App: predefined statements behind URLs. */
export class DataService implements DataServiceControls {
  readonly appId = 'dataapp-LocalApp';
  readonly host: string;
  readonly url: string;
  readonly key = { publicKey: 'P2AB3C4D', privateKey: randomBytes(18).toString('base64url') };
  readonly keys = new Map<string, DataServiceKey>([[this.key.publicKey, { privateKey: this.key.privateKey }]]);
  readonly digestAlgorithms: DigestAlgorithm[] = ['SHA-256', 'MD5'];
  readonly calls: DataServiceCall[] = [];
  readonly #settings: DataServiceSettings;
  readonly #path = `/api/v1beta/app/${this.appId}/endpoint`;
  readonly #drafts = new Routes();
  readonly #deployed = new Routes();
  readonly #digest: Digest;
  readonly #rateLimit: RateLimit;

  constructor(settings: DataServiceSettings) {
    this.#settings = settings;
    this.host = `${settings.region}.data.tidbcloud.com`;
    this.url = `https://${this.host}${this.#path}`;
    this.#digest = new Digest(settings.clock, this.digestAlgorithms);
    this.#rateLimit = new RateLimit(settings.clock);
  }

  register(endpoint: DataServiceEndpoint, { deploy = true }: { readonly deploy?: boolean } = {}): void {
    if (!/^(?:\/(?:\w+|\{[A-Za-z_]\w*\}))+$/.test(endpoint.path)) {
      throw new Error(`"${endpoint.path}" is no path of an endpoint: /name/{parameter}.`);
    }
    const unknown = parameterNames(endpoint.sql).find((name) => !Object.hasOwn(endpoint.parameters ?? {}, name));
    if (unknown !== undefined) throw new Error(`The parameter "${unknown}" of ${endpoint.path} is not described.`);
    this.#drafts.set(endpoint);
    if (deploy) this.#deployed.set(endpoint);
  }

  expireNonces(): void {
    this.#digest.expireNonces();
  }

  /** Whether a path belongs to this Data App. */
  answersFor(pathname: string): boolean {
    return pathname.startsWith(`${this.#path}/`);
  }

  async handle(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const text = await readBody(request);
    const url = new URL(request.url!, this.url);
    const method = request.method!;
    const path = url.pathname.slice(this.#path.length);
    const caller = authenticate(request, this.keys, this.#digest);
    const reply = this.#refusal(caller) ?? (await this.#run(caller, request, path, url.searchParams, text));
    const { publicKey, authentication } = caller;
    const { status, body } = reply;
    const at = this.#settings.clock();
    this.calls.push({ method, path, publicKey, authentication, status, code: body.data.result.code, at });
    if (reply.challenges) response.setHeader('WWW-Authenticate', reply.challenges);
    await sendReply(response, jsonReply(status, body, reply.headers), { signal });
  }

  /** Why the caller is not let in; undefined when it is. */
  #refusal({ key, stale }: Caller): Reply | undefined {
    if (!key) {
      const challenges = [...this.#digest.challenges(stale), 'Basic realm="tidb.cloud", charset="UTF-8"'];
      return { status: 401, body: failure(401, 'auth failed'), challenges };
    }
    if (key.expiresAt !== undefined && key.expiresAt <= this.#settings.clock()) {
      return { status: 401, body: gatewayFailure(code.expiredKey, 'API Key is no longer valid') };
    }
    return undefined;
  }

  async #run(
    caller: Caller,
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    text: string,
  ): Promise<Reply> {
    const quota = this.#rateLimit.use(caller.publicKey!, caller.key?.requestsPerMinute ?? defaultRequestsPerMinute);
    const headers = rateHeaders(quota);
    if (!quota.allowed) return { status: 429, body: gatewayFailure(code.rateLimit, tooMany(quota.limit)), headers };
    const method = request.method!;
    if (!methods.has(method)) return { status: 405, body: failure(405, 'method not allowed'), headers };
    const routes = header(request, 'endpoint-type') === 'draft' ? this.#drafts : this.#deployed;
    const route = routes.find(method, path);
    if (!route) return { status: 404, body: failure(404, 'endpoint not found'), headers };
    try {
      return { status: 200, body: await this.#execute(route, readParameters(route, query, text)), headers };
    } catch (error) {
      if (error instanceof BadParameter) {
        return { status: 400, body: failure(400, `param check failed! ${error.message}`), headers };
      }
      const sqlError = readSqlError(error);
      if (!sqlError) throw error;
      return { status: 200, body: failure(sqlError.errno, sqlError.message), headers };
    }
  }

  async #execute({ endpoint }: Route, given: ReadonlyMap<string, unknown>): Promise<Envelope> {
    const { connections, login, clock } = this.#settings;
    const sql = bind(endpoint, given);
    const startMs = clock();
    const connection = await connections.take({ ...login, database: endpoint.database });
    try {
      const result = await runStatement(connection, sql);
      return success(result, startMs, clock(), endpoint.maxRows ?? defaultMaxRows);
    } finally {
      connections.release(connection);
    }
  }
}

/** From the path, and from the query or the body as the method has it. */
function readParameters(
  { endpoint, pathParameters }: Route,
  query: URLSearchParams,
  text: string,
): Map<string, unknown> {
  const inQuery = endpoint.method === 'GET' || endpoint.method === 'DELETE';
  return new Map([...(inQuery ? query : readJsonObject(text)), ...pathParameters]);
}

function readJsonObject(text: string): [string, unknown][] {
  if (text === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  } catch {
    // Reported below.
  }
  throw new BadParameter('the body is not a JSON object');
}

const rateHeaders = ({ limit, remaining, resetSeconds }: Quota): Record<string, string> => ({
  'X-Ratelimit-Limit-Minute': String(limit),
  'X-Ratelimit-Remaining-Minute': String(remaining),
  'X-Ratelimit-Reset': String(resetSeconds),
});

const tooMany = (limit: number): string => `The request exceeded the limit of ${limit} times per apikey per minute.`;
