import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Answers one request. `signal` is aborted when the client is gone, or the listener closes. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse, signal: AbortSignal) => Promise<void>;

/** Plain HTTP on a free port of the loopback interface. */
export class HttpListener {
  readonly port: number;
  readonly #server: Server;
  readonly #log: (line: string) => void;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  private constructor(server: Server, log: (line: string) => void) {
    this.#server = server;
    this.#log = log;
    this.port = (server.address() as { port: number }).port;
  }

  static async open(log: (line: string) => void): Promise<HttpListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return new HttpListener(server, log);
  }

  /** From now on requests are answered; a request whose handler fails is dropped. */
  serve(handler: HttpHandler): void {
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
      const work = handler(request, response, signal)
        .catch((error: unknown) => {
          if (!signal.aborted) this.#log(`a request was dropped: ${String(error)}`);
          response.destroy();
        })
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
    });
  }

  /** Stops listening and cuts all clients. `release` lets go of what requests may still wait for. */
  async close(release: () => Promise<void>): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#closing.abort();
    this.#server.closeAllConnections();
    await release();
    await Promise.all([closed, ...this.#running]);
  }
}
