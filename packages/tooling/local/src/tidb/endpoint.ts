import type { Engine } from '../engine.ts';
import type { TidbCall, TidbEndpoint } from './controls.ts';
import { DataService } from './data-service/data-service.ts';
import { EngineConnections } from './engine-connections.ts';
import { Faults, type OrderedTidbFault, type TidbFault, type TidbFaultScope } from './faults.ts';
import { HttpListener } from './http-listener.ts';
import { jsonReply, sendReply } from './http-reply.ts';
import { localFetch } from './local-fetch.ts';
import { Sessions } from './sessions.ts';
import { SqlApi, type TidbOptions } from './sql-api.ts';
import { internalErrorCode } from './sql-error.ts';
import { SqlHandler } from './sql-handler.ts';
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
  /** The engine's user as whom the Data Service runs its statements. */
  readonly dataServiceUser: string;
  /** What sessions start with. */
  readonly sessionVariables: Record<string, string | number>;
}

/** Of one endpoint, in use at once; all endpoints of a machine may share one engine. */
const mostConnections = 40;

/** The HTTP services of one TiDB Cloud Starter cluster, over MySQL. */
export class TidbServer implements TidbEndpoint {
  readonly host: string;
  readonly fetch: typeof fetch;
  readonly calls: TidbCall[] = [];
  readonly refusedHosts: string[] = [];
  readonly options: TidbOptions = { errorForm: 'message', unknownSession: 'autocommit' };
  readonly dataService: DataService;
  readonly #settings: TidbSettings;
  readonly #faults = new Faults();
  readonly #connections: EngineConnections;
  readonly #sessions: Sessions;
  readonly #listener: HttpListener;

  private constructor(settings: TidbSettings, listener: HttpListener) {
    const { engine, region, clock, users, enginePassword, dataServiceUser } = settings;
    this.#settings = settings;
    this.#listener = listener;
    this.#connections = new EngineConnections({
      engine,
      limit: mostConnections,
      variables: settings.sessionVariables,
    });
    this.#sessions = new Sessions(this.#connections, clock);
    this.host = `gateway01.${region}.prod.aws.tidbcloud.com`;
    this.dataService = new DataService({
      region,
      clock,
      connections: this.#connections,
      login: { user: dataServiceUser, password: enginePassword(dataServiceUser) },
    });
    const sqlHandler = new SqlHandler({
      api: new SqlApi(this.#connections, this.#sessions, this.options),
      options: this.options,
      faults: this.#faults,
      users,
      enginePassword,
      clock,
      onCall: (call) => {
        this.calls.push(call);
        if (call.sql !== '') settings.onStatement(call.sql);
      },
    });
    this.fetch = localFetch({
      hosts: [`http-${this.host}`, this.dataService.host],
      port: listener.port,
      onRefusal: (host) => this.refusedHosts.push(host),
    });
    listener.serve(async (request, response, signal) => {
      const pathname = request.url!.split('?', 1)[0]!;
      if (pathname === '/v1beta/sql') return sqlHandler.handle(request, response, signal);
      if (this.dataService.answersFor(pathname)) return this.dataService.handle(request, response, signal);
      return sendReply(response, jsonReply(404, { code: internalErrorCode, message: 'not found' }), { signal });
    });
  }

  static async open(settings: TidbSettings): Promise<TidbServer> {
    return new TidbServer(settings, await HttpListener.open(settings.log));
  }

  get port(): number {
    return this.#listener.port;
  }

  get sessions(): number {
    return this.#sessions.open;
  }

  expireSessions(idleMs = 0): void {
    this.#sessions.expireIdle(idleMs);
  }

  get serverConnections(): number {
    return this.#connections.inUse;
  }

  get sessionVariables(): Record<string, string | number> {
    return this.#settings.sessionVariables;
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

  injectFault(fault: TidbFault, scope?: TidbFaultScope): OrderedTidbFault {
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
}
