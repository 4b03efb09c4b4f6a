import type { Duplex } from 'node:stream';
import { messagesOf } from '../../frames.ts';
import { postgresFraming, statementsOf } from '../../postgres/statements.ts';
import { fatalError, type Message, readMessage } from '../../postgres/wire.ts';
import { hangUp } from '../../streams.ts';
import { BorrowTimeout } from '../backend-pool.ts';
import type { PinReason, ProxyState } from '../rds-proxy.ts';
import type { PostgresBackend } from './backend.ts';
import { pinReason } from './pins.ts';

/** Messages of the client that the engine answers with ReadyForQuery: Query, Sync, FunctionCall. */
const endsWithReady = new Set(['Q', 'S', 'F']);

const readyForQuery = 'Z'.charCodeAt(0);

/** One client of the proxy: has a backend from the first message of a transaction to the end of it. */
export class PostgresSession {
  readonly #client: Duplex;
  readonly #number: number;
  readonly #proxy: ProxyState<PostgresBackend>;
  readonly #borrow: () => Promise<PostgresBackend>;
  readonly #tell: (bytes: Buffer) => void;
  #backend: PostgresBackend | undefined;
  #pinned = false;
  /** ReadyForQuery messages that are still to come. */
  #outstanding = 0;
  /** Whether the client's last message was one that is answered by ReadyForQuery. */
  #synced = true;
  #stopListening = (): void => {};

  constructor(
    client: Duplex,
    number: number,
    proxy: ProxyState<PostgresBackend>,
    borrow: () => Promise<PostgresBackend>,
    onStatement: (text: string) => void,
  ) {
    this.#client = client;
    this.#number = number;
    this.#proxy = proxy;
    this.#borrow = borrow;
    this.#tell = statementsOf(onStatement);
  }

  /** Serves the client to its end. Throws when it ends without a word. */
  async run(): Promise<void> {
    try {
      for (;;) {
        const message = await readMessage(this.#client, Infinity);
        if (message.type === 'X') break;
        this.#tell(message.bytes);
        this.#synced = false;
        this.#backend ??= await this.#attach();
        this.#pinIf(message);
        if (endsWithReady.has(message.type)) {
          this.#outstanding++;
          this.#synced = true;
        }
        await write(this.#backend.socket, message.bytes);
      }
      this.#client.end();
    } catch (error) {
      if (!(error instanceof BorrowTimeout)) throw error;
      // RDS Proxy's users report it as fatal.
      hangUp(this.#client, fatalError('53300', error.message));
    } finally {
      this.#end();
    }
  }

  async #attach(): Promise<PostgresBackend> {
    const backend = await this.#borrow();
    const { socket } = backend;
    const watch = messagesOf(postgresFraming, (head, body) => {
      if (head[0] === readyForQuery) this.#ready(String.fromCharCode(body[0]!));
    });
    const onData = (chunk: Buffer): void => {
      if (!this.#client.write(chunk)) socket.pause();
      watch(chunk);
    };
    const onDrain = () => socket.resume();
    // What the engine said last is on its way to the client.
    const onClose = () => this.#client.end();
    socket.on('data', onData).on('close', onClose).resume();
    this.#client.on('drain', onDrain);
    this.#stopListening = () => {
      socket.off('data', onData).off('close', onClose);
      this.#client.off('drain', onDrain);
    };
    return backend;
  }

  /** `I`: idle, outside of a transaction. */
  #ready(status: string): void {
    this.#outstanding--;
    if (status === 'I' && this.#outstanding === 0 && this.#synced && !this.#pinned) this.#release();
  }

  #release(): void {
    const backend = this.#backend!;
    this.#backend = undefined;
    this.#stopListening();
    // Drops what the engine may say to nobody in particular.
    backend.socket.resume();
    this.#proxy.pool.release(backend);
  }

  #end(): void {
    if (!this.#backend) return;
    this.#stopListening();
    // In a transaction, or with a state of its own: nobody else may have it.
    this.#backend.socket.destroy();
    if (this.#pinned) this.#proxy.pinned--;
  }

  #pinIf({ type, body }: Message): void {
    if (this.#pinned) return;
    const reason = reasonIn(type, body);
    if (!reason) return;
    this.#pinned = true;
    this.#proxy.pinned++;
    this.#proxy.pins.push({ session: this.#number, reason });
  }
}

function reasonIn(type: string, body: Buffer): PinReason | undefined {
  if (type === 'Q') return pinReason(body.toString('utf8', 0, body.indexOf(0)));
  if (type !== 'P') return undefined;
  const nameEnd = body.indexOf(0);
  if (nameEnd > 0) return 'prepared statement';
  return pinReason(body.toString('utf8', nameEnd + 1, body.indexOf(0, nameEnd + 1)));
}

/** Writes, and waits until more may be written; for a stream that ends, too. */
async function write(stream: Duplex, bytes: Buffer): Promise<void> {
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
