import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { EngineName, Local } from './local.ts';
import { startLocal } from './start-local.ts';

/** Engines with hostile defaults, started when somebody first asks for one, by HTTP. */
export interface HostileServers {
  /** For {@link hostileServer}: where to ask. */
  readonly url: string;
  /** Ends what was started. */
  close(): Promise<void>;
}

/** Waits for requests; starts nothing yet. Does not keep the process alive. */
export async function serveHostileServers(log: (line: string) => void): Promise<HostileServers> {
  // Nobody else on this machine is to learn a superuser's password.
  const secret = randomBytes(16).toString('hex');
  const started = new Map<EngineName, Promise<Local>>();
  const start = (engine: EngineName): Promise<Local> =>
    startLocal({ postgres: engine === 'postgres', mysql: engine === 'mysql', hostile: true, log });

  const server = createServer(async (request, response) => {
    const engine = /^\/(\w+)\/(postgres|mysql)$/.exec(request.url ?? '');
    if (engine?.[1] !== secret) {
      response.writeHead(404).end();
      return;
    }
    const name = engine[2] as EngineName;
    if (!started.has(name)) started.set(name, start(name));
    try {
      response.end(JSON.stringify({ url: (await started.get(name))?.[name]?.url }));
    } catch (error) {
      response.end(JSON.stringify({ failure: (error as Error).message }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/${secret}`,
    async close() {
      server.closeAllConnections();
      server.close();
      const settled = await Promise.allSettled(started.values());
      await Promise.all(settled.map((result) => result.status === 'fulfilled' && result.value.close()));
    },
  };
}

/**
 * For test files: the one server with hostile defaults that all of a test run share. The first to ask starts it. Throws,
 * with what to install, when it cannot be had.
 *
 * @param at what `inject('sqlportHostile')` gives
 * @returns what `startLocal` takes in place of `postgres` or `mysql`
 */
export async function hostileServer(at: string, engine: EngineName): Promise<{ readonly url: string }> {
  const response = await fetch(`${at}/${engine}`, { headers: { connection: 'close' } });
  const { url, failure } = (await response.json()) as { url?: string; failure?: string };
  if (!url) throw new Error(failure);
  return { url };
}
