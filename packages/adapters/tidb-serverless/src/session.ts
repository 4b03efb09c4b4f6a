import type { IsolationLevel } from '@sqlport/core/spi';
import { type Config, type Connection, connect, type Tx } from '@tidbcloud/serverless';
import { basicAuthorization } from './authorization.ts';
import type { Settings } from './config.ts';
import { type Place, serverError } from './error.ts';
import { exchange, type HttpAnswer } from './http.ts';
import { type Reply, readReply } from './reply.ts';
import { unreadable } from './request-error.ts';

type DriverFetch = NonNullable<Config['fetch']>;
type DriverInit = NonNullable<Parameters<DriverFetch>[1]>;

/** What a request is about, for who sends it. */
interface Call {
  readonly place: Place;
  readonly signal: AbortSignal | undefined;
}

const TOKEN = 'TiDB-Session';

/**
 * One session with the server, over a driver connection of its own: the driver sends again the token that it got last, so
 * that calls at once over one connection would end up in each other's sessions. Calls must not overlap.
 *
 * The driver makes the request and keeps the token. Its `fetch` is ours: it logs in, limits, and reads what comes as it
 * comes. Its own formatting of parameters and its decoding are never reached.
 */
export class Session {
  readonly #settings: Settings;
  readonly #connection: Connection<Config>;
  #transaction: Tx<Config> | undefined;
  #call: Call | undefined;
  #reply: Reply | undefined;
  #token = '';

  constructor(settings: Settings) {
    this.#settings = settings;
    const { host, database } = settings;
    // The login is none of the driver's business: `btoa` would throw for most of the world's passwords.
    this.#connection = connect({ host, database, fetch: (url, init) => this.#fetch(url, init!) });
  }

  /** The token of the last answer that had one: the name of the session in which the statement ran. */
  get token(): string {
    return this.#token;
  }

  /** Runs a statement, inside the transaction if there is one. Throws `ConnectorError`. */
  execute(text: string, signal: AbortSignal | undefined): Promise<Reply> {
    return this.#run(() => (this.#transaction ?? this.#connection).execute(text), { place: 'statement', signal });
  }

  /** Begins the transaction that everything after it is in. The level goes with BEGIN, in a header. */
  async begin(isolation: IsolationLevel | undefined, signal: AbortSignal | undefined): Promise<void> {
    const level = isolation === 'read committed' ? 'READ COMMITTED' : 'REPEATABLE READ';
    const options = isolation === undefined ? {} : ({ isolation: level } as const);
    await this.#run(
      async () => {
        this.#transaction = await this.#connection.begin(options);
      },
      { place: 'statement', signal },
    );
  }

  async commit(signal: AbortSignal | undefined): Promise<void> {
    await this.#run(() => this.#transaction!.commit(), { place: 'commit', signal });
  }

  async rollback(signal: AbortSignal): Promise<void> {
    await this.#run(() => this.#transaction!.rollback(), { place: 'statement', signal });
  }

  async #run(work: () => Promise<unknown>, call: Call): Promise<Reply> {
    this.#call = call;
    await work();
    return this.#reply!;
  }

  async #fetch(url: string, { method, headers, body, cache }: DriverInit): ReturnType<DriverFetch> {
    const { place, signal } = this.#call!;
    const { fetch, user, password, requestTimeoutMs } = this.#settings;
    const login = { Authorization: basicAuthorization(user, password) };
    // Left out by the driver where the runtime does not know it.
    const caching = cache === undefined ? {} : ({ cache: 'no-store' } as const);
    const init = { method, body, headers: { ...headers, ...login }, ...caching };
    const answer = await exchange(fetch, url, init, { signal, timeoutMs: requestTimeoutMs });
    const token = answer.headers.get(TOKEN);
    if (token) this.#token = token;
    if (answer.status < 200 || answer.status > 299) throw serverError(answer, place);
    this.#reply = readReply(answer.body);
    if (!token) throw unreadable('without a session', answer.body);
    return forDriver(answer);
  }
}

/** What the driver gets to see: the token, which it keeps, and a result without rows, which it has nothing to decode of. */
function forDriver({ status, statusText, headers }: HttpAnswer): Awaited<ReturnType<DriverFetch>> {
  return { ok: true, status, statusText, headers, json: async () => ({}), text: async () => '{}' };
}
