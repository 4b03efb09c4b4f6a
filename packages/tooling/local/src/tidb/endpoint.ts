import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '../engine.ts';
import { readBasicAuth, sameSecret } from './basic-auth.ts';
import type { TidbCall, TidbEndpoint } from './controls.ts';
import { EngineConnections, type EngineLogin } from './engine-connections.ts';
import { type FaultScope, Faults, type OrderedFault, type TidbFault } from './faults.ts';
import { HttpListener } from './http-listener.ts';
import { type HttpReply, jsonReply, readBody, sendReply } from './http-reply.ts';
import { localFetch } from './local-fetch.ts';
import { Sessions } from './sessions.ts';
import { SqlApi, type SqlApiOptions } from './sql-api.ts';
import { errorBody, internalErrorCode, type SqlError } from './sql-error.ts';
import type { UserNames } from './user-names.ts';

export interface TidbSettings {
  readonly engine: Engine;
  readonly region: string;
  readonly clock: () => number;
  readonly log: (line: string) => void;
  readonly onStatement: (text: string) => void;
  readonly users: UserNames;
  /** The password with which a user is logged in to the engine. */
  readonly enginePassword: (user: string) => string;
  /** The engine's own zone, if it is UTC; otherwise an offset. */
  readonly timeZone: string;
}

const path = '/v1beta/sql';
/** What TiDB sets by default and MySQL may set otherwise. `NO_AUTO_CREATE_USER` is left out: MySQL has it no longer. */
const tidbSqlMode =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
const mostConnections = 40;

/** The HTTP service of one TiDB Cloud Starter cluster, over MySQL. */
export class TidbServer implements TidbEndpoint {
  readonly host: string;
  readonly fetch: typeof fetch;
  readonly calls: TidbCall[] = [];
  readonly refusedHosts: string[] = [];
  readonly sessionVariables: Record<string, string | number>;
  readonly options: SqlApiOptions = { errorForm: 'message', unknownSession: 'autocommit' };
  readonly #settings: TidbSettings;
  readonly #faults = new Faults();
  readonly #connections: EngineConnections;
  readonly #sessions: Sessions;
  readonly #api: SqlApi;
  #listener!: HttpListener;

  private constructor(settings: TidbSettings) {
    this.#settings = settings;
    this.host = `gateway01.${settings.region}.prod.aws.tidbcloud.com`;
    this.sessionVariables = {
      time_zone: settings.timeZone,
      sql_mode: tidbSqlMode,
      autocommit: 1,
      transaction_isolation: 'REPEATABLE-READ',
      collation_server: 'utf8mb4_bin',
    };
    this.#connections = new EngineConnections({
      engine: settings.engine,
      limit: mostConnections,
      variables: this.sessionVariables,
    });
    this.#sessions = new Sessions(this.#connections, settings.clock);
    this.#api = new SqlApi(this.#connections, this.#sessions, this.options);
    this.fetch = localFetch({
      hosts: [`http-${this.host}`],
      port: () => this.port,
      onRefusal: (host) => this.refusedHosts.push(host),
    });
  }

  static async open(settings: TidbSettings): Promise<TidbServer> {
    const server = new TidbServer(settings);
    server.#listener = await HttpListener.open((...args) => server.#handle(...args), settings.log);
    return server;
  }

  get port(): number {
    return this.#listener.port;
  }

  get sessions(): number {
    return this.#sessions.open;
  }

  get serverConnections(): number {
    return this.#connections.inUse;
  }

  clientUser(user: string): string {
    return this.#settings.users.clientUser(user);
  }

  passwordOf(user: string): string {
    return this.#settings.users.passwordOf(user);
  }

  setPassword(user: string, password: string): void {
    this.#settings.users.setPassword(user, password);
  }

  injectFault(fault: TidbFault, scope?: FaultScope): OrderedFault {
    return this.#faults.add(fault, scope);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  async close(): Promise<void> {
    await this.#listener.close(async () => {
      this.#sessions.close();
      await this.#connections.close();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const text = await readBody(request);
    const gzip = /\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''));
    const traceId = request.headers['x-debug-trace-id'];
    const echo = typeof traceId === 'string' ? { 'X-Debug-Trace-Id': traceId } : {};
    const refuse = (status: number, message: string): Promise<void> =>
      sendReply(response, jsonReply(status, { code: internalErrorCode, message }, echo), { gzip, signal });
    if (new URL(request.url ?? '', 'http://localhost').pathname !== path) return refuse(404, 'not found');
    if (request.method !== 'POST') return refuse(405, 'method not allowed');
    const login = this.#logIn(request);
    if ('errno' in login) {
      const body = errorBody(login, this.options.errorForm);
      return sendReply(response, jsonReply(401, body, echo), { gzip, signal });
    }
    const sql = readQuery(text);
    if (sql === undefined) return refuse(400, 'the body must be {"query":"…"}');

    const token = header(request, 'tidb-session') ?? '';
    const isolation = header(request, 'tidb-isolation-level');
    const action = header(request, 'tidb-stateful-action');
    const entry = { sql, session: token, user: login.user, database: login.database, isolation, action };
    const call: TidbCall & { status: number | undefined; replySession: string | undefined } = {
      ...entry,
      at: this.#settings.clock(),
      status: undefined,
      replySession: undefined,
    };
    this.calls.push(call);
    if (sql !== '') this.#settings.onStatement(sql);

    const faults = this.#faults.take(sql);
    const latency = faults.get('latency');
    if (latency) await pause(latency.ms, undefined, { signal });
    const drop = faults.get('drop');
    if (drop?.when === 'before') {
      response.destroy();
      return;
    }
    const instead = replyInstead(faults.get('redirect')?.to, faults.has('bad-gateway'));
    if (instead) {
      call.status = instead.status;
      return sendReply(response, instead, { signal });
    }
    const reply = await this.#api.answer({ sql, login, token, isolation, action }, faults);
    if (drop) {
      response.destroy();
      return;
    }
    call.status = reply.status;
    call.replySession = faults.has('no-session-header') ? undefined : reply.token;
    const headers = { ...echo, ...(call.replySession === undefined ? {} : { 'TiDB-Session': call.replySession }) };
    const delayMs = faults.get('slow-body')?.ms;
    return sendReply(response, jsonReply(reply.status, reply.body, headers), {
      gzip,
      signal,
      cut: faults.has('cut-body'),
      ...(delayMs === undefined ? {} : { delayMs }),
    });
  }

  #logIn(request: IncomingMessage): EngineLogin | SqlError {
    const given = readBasicAuth(request.headers.authorization);
    const denied = (message: string): SqlError => ({ errno: 1045, sqlState: '28000', message });
    if (!given) return denied('Access denied: no credentials were given');
    const user = this.#settings.users.engineUser(given.user);
    const right = user !== undefined && sameSecret(given.password, this.#settings.users.passwordOf(user));
    if (!right) return denied(`Access denied for user '${given.user}'@'127.0.0.1' (using password: YES)`);
    const database = Buffer.from(header(request, 'tidb-database') ?? '', 'latin1').toString('utf8');
    return { user, password: this.#settings.enginePassword(user), database };
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function readQuery(text: string): string | undefined {
  try {
    const { query } = JSON.parse(text) as { query?: unknown };
    return typeof query === 'string' ? query : undefined;
  } catch {
    return undefined;
  }
}

function replyInstead(redirectTo: string | undefined, badGateway: boolean): HttpReply | undefined {
  if (redirectTo !== undefined) return { status: 307, headers: { Location: redirectTo }, body: '' };
  if (!badGateway) return undefined;
  const body = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
  return { status: 502, headers: { 'Content-Type': 'text/html' }, body };
}
