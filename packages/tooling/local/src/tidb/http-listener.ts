import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Answers one request. `signal` is aborted when the client is gone, or the listener closes. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse, signal: AbortSignal) => Promise<void>;

/** Plain HTTP on a free port of the loopback interface. */
export class HttpListener {
  readonly #server: Server;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  private constructor(handler: HttpHandler, log: (line: string) => void) {
    this.#server = createServer((request, response) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const work = handler(request, response, AbortSignal.any([gone.signal, this.#closing.signal]))
        .catch((error: unknown) => {
          if (!gone.signal.aborted && !this.#closing.signal.aborted) log(`a request was dropped: ${String(error)}`);
          response.destroy();
        })
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
    });
  }

  static async open(handler: HttpHandler, log: (line: string) => void): Promise<HttpListener> {
    const listener = new HttpListener(handler, log);
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
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
