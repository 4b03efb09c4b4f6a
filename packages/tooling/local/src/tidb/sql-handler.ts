import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { readBasicAuth, sameSecret } from './basic-auth.ts';
import type { TidbCall } from './controls.ts';
import type { EngineLogin } from './engine-connections.ts';
import type { Faults, FaultsOfCall } from './faults.ts';
import { type HttpReply, header, jsonReply, readBody, sendReply } from './http-reply.ts';
import type { SqlApi, TidbOptions } from './sql-api.ts';
import { internalErrorCode, type SqlError, writeSqlError } from './sql-error.ts';
import type { UserNames } from './user-names.ts';

export interface SqlHandlerSettings {
  readonly api: SqlApi;
  readonly options: Readonly<TidbOptions>;
  readonly faults: Faults;
  readonly users: UserNames;
  /** The password with which a user is logged in to the engine. */
  readonly enginePassword: (user: string) => string;
  readonly clock: () => number;
  /** Told every call, before it is served; its reply is filled in later. */
  readonly onCall: (call: TidbCall) => void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The HTTP side of `/v1beta/sql`: who asks what, and what goes wrong on the way. */
export class SqlHandler {
  readonly #settings: SqlHandlerSettings;

  constructor(settings: SqlHandlerSettings) {
    this.#settings = settings;
  }

  async handle(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const text = await readBody(request);
    const transport = { signal, gzip: /\bgzip\b/i.test(header(request, 'accept-encoding') ?? '') };
    const traceId = header(request, 'x-debug-trace-id');
    const echo: Record<string, string> = traceId === undefined ? {} : { 'X-Debug-Trace-Id': traceId };
    const refuse = (status: number, body: unknown) => sendReply(response, jsonReply(status, body, echo), transport);
    if (request.method !== 'POST') return refuse(405, { code: internalErrorCode, message: 'method not allowed' });
    const login = this.#logIn(request);
    if ('errno' in login) return refuse(401, writeSqlError(login, this.#settings.options.errorForm).body);
    const sql = readQuery(text);
    if (sql === undefined) {
      return refuse(400, { code: internalErrorCode, message: 'the body must be {"query":"…"}' });
    }

    const call: Writable<TidbCall> = {
      sql,
      session: header(request, 'tidb-session') ?? '',
      replySession: undefined,
      status: undefined,
      user: login.user,
      database: login.database,
      isolation: header(request, 'tidb-isolation-level'),
      action: header(request, 'tidb-stateful-action'),
      at: this.#settings.clock(),
    };
    this.#settings.onCall(call);
    const faults = this.#settings.faults.take(sql, call.session);
    const reply = await this.#reply(call, login, faults, echo, signal);
    if (!reply) {
      response.destroy();
      return;
    }
    await sendReply(response, reply, {
      ...transport,
      cut: faults.has('cut-body'),
      delayMs: faults.get('slow-body')?.ms,
    });
  }

  /** Undefined: the connection is to be cut. */
  async #reply(
    call: Writable<TidbCall>,
    login: EngineLogin,
    faults: FaultsOfCall,
    echo: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpReply | undefined> {
    const latency = faults.get('latency');
    if (latency) await pause(latency.ms, undefined, { signal });
    const drop = faults.get('drop');
    if (drop?.when === 'before') return undefined;
    const instead = replyInstead(faults);
    if (instead) {
      call.status = instead.status;
      return instead;
    }
    const { sql, session: token, isolation, action } = call;
    const {
      status,
      token: replyToken,
      body,
    } = await this.#settings.api.answer({ sql, login, token, isolation, action }, faults);
    if (drop) return undefined;
    call.status = status;
    call.replySession = faults.has('no-session-header') ? undefined : replyToken;
    const session: Record<string, string> =
      call.replySession === undefined ? {} : { 'TiDB-Session': call.replySession };
    return jsonReply(status, body, { ...echo, ...session });
  }

  #logIn(request: IncomingMessage): EngineLogin | SqlError {
    const { users, enginePassword } = this.#settings;
    const given = readBasicAuth(request.headers.authorization);
    const denied = (message: string): SqlError => ({ errno: 1045, sqlState: '28000', message });
    if (!given) return denied('Access denied: no credentials were given');
    const user = users.engineUser(given.user);
    const right = user !== undefined && sameSecret(given.password, users.passwordOf(user));
    if (!right) return denied(`Access denied for user '${given.user}'@'127.0.0.1' (using password: YES)`);
    return { user, password: enginePassword(user), database: header(request, 'tidb-database') ?? '' };
  }
}

function readQuery(text: string): string | undefined {
  try {
    const { query } = JSON.parse(text) as { query?: unknown };
    return typeof query === 'string' ? query : undefined;
  } catch {
    return undefined;
  }
}

function replyInstead(faults: FaultsOfCall): HttpReply | undefined {
  const redirect = faults.get('redirect');
  if (redirect) return { status: 307, headers: { Location: redirect.to }, body: '' };
  if (!faults.has('bad-gateway')) return undefined;
  const body = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
  return { status: 502, headers: { 'Content-Type': 'text/html' }, body };
}
