import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a server that watches what is said, can hold back answers and cut connections. */
export class Valve {
  /** Everything that clients sent, and how many bytes were passed on to them. */
  sent = Buffer.alloc(0);
  answered = 0;
  /** How many connections were made. */
  opened = 0;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server = createServer((client) => this.#join(client, connect(this.#target)));
  readonly #sockets = new Set<Socket>();
  #held: (() => void)[] | undefined;
  #holdsFrom: string | undefined;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  static async open(target: { readonly host: string; readonly port: number }): Promise<Valve> {
    const valve = new Valve(target);
    await new Promise<void>((resolve) => {
      valve.#server.listen(0, '127.0.0.1', resolve);
    });
    return valve;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Keeps the server's answers from now on, until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /** The same from the moment on when a client sends this text. */
  holdFrom(text: string): void {
    this.#holdsFrom = text;
  }

  release(): void {
    this.#holdsFrom = undefined;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  /** Cuts all connections; answers that are held are lost. */
  cut(): void {
    this.#held = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, upstream: Socket): void {
    this.opened++;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.on('drain', () => other.resume());
    }
    client.on('data', (chunk: Buffer) => {
      this.sent = Buffer.concat([this.sent, chunk]);
      if (this.#holdsFrom !== undefined && chunk.includes(this.#holdsFrom)) this.hold();
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      const send = () => {
        this.answered += chunk.length;
        if (!client.write(chunk)) upstream.pause();
      };
      if (this.#held === undefined) send();
      else this.#held.push(send);
    });
  }
}
