import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay before a server, which can lose connections. */
export interface Relay {
  readonly port: number;
  /** Ends every connection without a word, and resolves when their clients have noticed. */
  cut(): Promise<void>;
  /** Stops listening, and cuts. */
  close(): Promise<void>;
}

/**
 * Starts a relay on the loopback interface. With `cutAfter`, a connection whose client has sent such bytes, in plain
 * text, is cut as soon as the server answers them: the server has done what it was told, and the client cannot know.
 */
export async function startRelay(
  target: { readonly host: string; readonly port: number },
  cutAfter?: RegExp,
): Promise<Relay> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    let doomed = false;
    clients.add(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        clients.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (cutAfter?.test(chunk.toString('latin1'))) doomed = true;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (doomed) client.destroy();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = async (): Promise<void> => {
    // A client that reads the end of its stream hangs up as well.
    const gone = [...clients].map((client) => new Promise((resolve) => client.once('close', resolve)));
    for (const client of clients) client.end();
    await Promise.all(gone);
  };
  return {
    port: (server.address() as { port: number }).port,
    cut,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
