import type { ValueOptions } from '@sqlport/core/spi';
import type { CancelAccess } from './cancel.ts';
import type { Reply } from './decode.ts';
import { MessageWriter } from './encode.ts';
import { type Closing, Exchange, type ExchangeContext, ExchangeFailure } from './exchange.ts';
import { NamedStatements } from './named-statements.ts';
import type { PgClient, TransactionStatus } from './pg-client.ts';
import { isPartial, type Request } from './request.ts';

/** One writer is enough: an exchange is written in one go. */
const writer = new MessageWriter();

/** What a connection may do beyond running statements; left out: what a server of the user's own pool allows. */
export interface ConnectionRights {
  /** How a statement on it can be cancelled; undefined where it cannot. */
  readonly cancelAccess?: CancelAccess | undefined;
  /** False where prepared statements are to have no names. Default true. */
  readonly named?: boolean;
}

/** A client of pg that is logged in. Runs one exchange at a time; what comes meanwhile queues, in order. */
export class PhysicalConnection {
  readonly client: PgClient;
  /** How a statement on it can be cancelled; undefined where it cannot. */
  readonly cancelAccess: CancelAccess | undefined;
  readonly #context: ExchangeContext;
  #running: Exchange | undefined;
  #status: TransactionStatus = 'I';
  #lost = false;

  constructor(client: PgClient, values: ValueOptions, { cancelAccess, named = true }: ConnectionRights = {}) {
    this.client = client;
    this.cancelAccess = cancelAccess;
    const closing: Closing[] = [];
    const statements = new NamedStatements((name) => closing.push({ kind: 'S', name }), named);
    this.#context = { writer, values, closing, statements, lose: (error) => this.#lose(error) };
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(new Error('The connection ended.')));
    client.connection.prependListener('readyForQuery', ({ status }) => {
      this.#status = status;
      // The end of what the owner of an injected pool ran: ours is still in pg's queue.
      if (this.#running?.wasSent === false) return;
      const exchange = this.#running;
      this.#running = undefined;
      exchange?.ready();
    });
  }

  /** The server's view of the transaction, as of the last exchange. */
  get status(): TransactionStatus {
    return this.#status;
  }

  /** False once the socket is known to be of no more use. */
  get isAlive(): boolean {
    return !this.#lost && this.client.connection.stream.writable;
  }

  /** The exchange under way, if any. */
  get running(): Promise<readonly Reply[]> | undefined {
    return this.#running?.replies;
  }

  /** True where the connection can be lent to somebody else: nothing runs on it, and no transaction is open. */
  get isIdle(): boolean {
    return this.isAlive && this.#running === undefined && this.#status === 'I';
  }

  /**
   * Runs requests in one exchange. A prepared statement that has gone stale is prepared anew, once, where that leaves
   * no failed transaction behind. Rejects with {@link ExchangeFailure}, or with the `ConnectorError` that decoding threw.
   */
  async run(requests: readonly Request[]): Promise<readonly Reply[]> {
    while (this.#running !== undefined) await this.#running.replies.catch(() => undefined);
    try {
      return await this.#exchange(requests);
    } catch (error) {
      if (!this.#dropStale(error) || !this.isIdle || requests.some(isPartial)) throw error;
      return this.#exchange(requests);
    }
  }

  /** Frees a portal with the next exchange. */
  closePortal(name: string): void {
    this.#context.closing.push({ kind: 'P', name });
  }

  /** Frees the socket at once. */
  destroy(): void {
    this.client.connection.stream.destroy();
    this.#lose(new Error('The connection was given up.'));
  }

  #exchange(requests: readonly Request[]): Promise<readonly Reply[]> {
    const exchange = new Exchange(requests, this.#context);
    this.#running = exchange;
    this.client.query(exchange);
    return exchange.replies;
  }

  #lose(error: Error): void {
    this.#lost = true;
    const exchange = this.#running;
    this.#running = undefined;
    exchange?.lost(error);
  }

  /** True where a statement failed only because it was prepared before something changed; then it no longer is. */
  #dropStale(error: unknown): boolean {
    if (!(error instanceof ExchangeFailure) || !error.isStale) return false;
    // All of them: what changed one table, or freed one statement, has most likely met others too.
    this.#context.statements.dropAll();
    return true;
  }
}
