import { ConnectorError, type ValueOptions } from '@sqlport/core/spi';
import { isPostgresError, type PostgresMessage } from '@sqlport/core/spi/postgres';
import { Reply } from './decode.ts';
import type { MessageWriter } from './encode.ts';
import type { NamedStatement, NamedStatements } from './named-statements.ts';
import type { PgWire, Submittable } from './pg-client.ts';
import type { Request } from './request.ts';

/** An exchange that did not succeed. What it means for the caller depends on where it happened. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  /** pg's error. */
  readonly native: unknown;
  /** False where nothing was written to the socket. */
  readonly sent: boolean;
  /** True where the server is ready again: what the exchange did outside a transaction is rolled back. */
  readonly answered: boolean;
  /** The named statement that the failing request used, if it did. */
  readonly named: NamedStatement | undefined;

  constructor(native: unknown, sent: boolean, answered: boolean, named: NamedStatement | undefined) {
    super('An exchange with the server failed.');
    this.native = native;
    this.sent = sent;
    this.answered = answered;
    this.named = named;
  }

  /** True where a named statement failed only because something changed since it was prepared. */
  get isStale(): boolean {
    const { native, named } = this;
    if (named === undefined || !isPostgresError(native)) return false;
    // "cached plan must not change result type", and a statement that DISCARD or DEALLOCATE has freed.
    return native.code === '26000' || (native.code === '0A000' && native.routine === 'RevalidateCachedQuery');
  }
}

/** Something that the server keeps for a connection, to be freed: a prepared statement (`S`) or a portal (`P`). */
export interface Closing {
  readonly kind: 'S' | 'P';
  readonly name: string;
}

/** What an exchange needs of the connection it runs on. */
export interface ExchangeContext {
  readonly writer: MessageWriter;
  /** What is to be freed with the next exchange, which takes it out. */
  readonly closing: Closing[];
  readonly statements: NamedStatements;
  readonly values: ValueOptions;
  /** Called where pg could not send the exchange. */
  lose(error: Error): void;
}

/**
 * Requests that travel together, in one write, under one Sync: outside a transaction all of them take effect, or
 * none. Always the extended query protocol, so that a text holds exactly one statement.
 */
export class Exchange implements Submittable {
  /** Resolves when the server is ready again; rejects with {@link ExchangeFailure} or what decoding threw. */
  readonly replies: Promise<readonly Reply[]>;
  readonly #context: ExchangeContext;
  readonly #replies: Reply[] = [];
  readonly #named: (NamedStatement | undefined)[] = [];
  readonly #bytes: Uint8Array;
  #answering = 0;
  #sent = false;
  #serverError: Error | undefined;
  #decodingError: unknown;
  #resolve!: (replies: readonly Reply[]) => void;
  #reject!: (error: unknown) => void;

  constructor(requests: readonly Request[], context: ExchangeContext) {
    this.#context = context;
    this.#bytes = this.#encode(requests);
    this.replies = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  #encode(requests: readonly Request[]): Uint8Array {
    const { writer, statements, closing, values } = this.#context;
    writer.reset();
    if (closing.length > 0) for (const { kind, name } of closing.splice(0)) writer.close(kind, name);
    const prepared = new Set<NamedStatement>();
    let previous: string | undefined;
    for (const { statement, layout, portal = '', maxRows = 0 } of requests) {
      const reply = new Reply(values);
      let named: NamedStatement | undefined;
      if (statement === undefined) reply.layout = layout!;
      else {
        // The same text again is prepared already, and has the columns of the reply before.
        const again = statement.text === previous;
        // What is read in pages is not worth a name, which might turn out stale.
        named = again ? this.#named.at(-1) : portal === '' ? statements.find(statement.text) : undefined;
        // Prepared further up in this exchange, and not described yet: it must not be prepared under its name again.
        if (!again && named?.layout === undefined && named !== undefined) {
          if (prepared.has(named)) named = undefined;
          else prepared.add(named);
        }
        const name = named?.name ?? '';
        const known = again || named?.layout !== undefined;
        if (named?.layout !== undefined) reply.layout = named.layout;
        else if (again) reply.sharesLayout = true;
        if (!known) writer.parse(name, statement.text);
        writer.bind(portal, name, statement.params);
        if (!known) writer.describe(portal);
      }
      writer.execute(portal, maxRows);
      previous = statement?.text;
      this.#replies.push(reply);
      this.#named.push(named);
    }
    writer.sync();
    return writer.take();
  }

  /** False while pg still has it in its queue. */
  get wasSent(): boolean {
    return this.#sent;
  }

  submit(wire: PgWire): Error | null {
    if (!wire.stream.writable) return new Error('The socket is closed.');
    this.#sent = true;
    wire.stream.write(this.#bytes);
    return null;
  }

  handleRowDescription(message: PostgresMessage): void {
    this.#replies[this.#answering]!.read(message);
  }

  handleDataRow(message: PostgresMessage): void {
    if (this.#decodingError !== undefined) return;
    try {
      this.#replies[this.#answering]!.read(message);
    } catch (error) {
      this.#decodingError = error;
    }
  }

  handleCommandComplete(message: PostgresMessage): void {
    this.#replies[this.#answering]!.read(message);
    this.#next();
  }

  handlePortalSuspended(): void {
    this.#replies[this.#answering]!.suspended = true;
    this.#next();
  }

  handleEmptyQuery(): void {
    this.#next();
  }

  #next(): void {
    const { layout } = this.#replies[this.#answering]!;
    const named = this.#named[this.#answering];
    if (named !== undefined) named.layout ??= layout;
    this.#answering += 1;
    const following = this.#replies[this.#answering];
    if (following?.sharesLayout) following.layout = layout;
  }

  /** The server waits for data that nobody has, and swallows our Sync: only closing the socket ends that. */
  handleCopyInResponse(wire: PgWire): void {
    this.#serverError = new ConnectorError('UNSUPPORTED', 'COPY … FROM STDIN is not supported: use executeMany.');
    wire.stream.destroy();
  }

  handleCopyData(): void {
    const message = 'COPY … TO STDOUT is not supported: use stream.';
    this.#decodingError ??= new ConnectorError('UNSUPPORTED', message, { outcome: 'applied' });
  }

  /** An ErrorResponse is followed by {@link ready}, or by the end of the connection. */
  handleError(error: Error): void {
    if (isPostgresError(error)) this.#serverError ??= error;
    else this.#context.lose(error);
  }

  /** Not called after an error, hence of no use: the connection calls {@link ready} instead. */
  handleReadyForQuery(): void {}

  /** The server is ready for the next exchange. */
  ready(): void {
    if (this.#serverError !== undefined) {
      for (const named of this.#named) {
        if (named !== undefined && named.layout === undefined) this.#context.statements.drop(named);
      }
      this.#reject(new ExchangeFailure(this.#serverError, true, true, this.#named[this.#answering]));
    } else if (this.#decodingError !== undefined) {
      this.#reject(this.#decodingError);
    } else {
      this.#resolve(this.#replies);
    }
  }

  /** The connection has ended. */
  lost(error: Error): void {
    this.#reject(new ExchangeFailure(this.#serverError ?? error, this.#sent, false, undefined));
  }
}
