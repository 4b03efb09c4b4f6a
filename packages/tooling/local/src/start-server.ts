import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { endOfLog, type Program, type RunningProgram, type Supervisor } from './supervision.ts';

const readyTimeoutMs = 60_000;
const intervalMs = 25;
/** Between choosing a free port and listening on it, somebody else may take it. */
const attempts = 3;

/** A server that answers. */
export interface StartedServer<T> {
  readonly program: RunningProgram;
  readonly port: number;
  /** What `reach` gave. */
  readonly reached: T;
}

/**
 * Starts a server and waits until it answers. Throws, with the end of its log, when it does not.
 *
 * @param program the server, to listen on a port of 127.0.0.1
 * @param reach throws until the server answers
 * @param fixedPort the port to use; a free one when left out
 */
export async function startServer<T>(
  supervisor: Supervisor,
  program: (port: number) => Program,
  reach: (port: number) => Promise<T>,
  fixedPort?: number,
): Promise<StartedServer<T>> {
  let output = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = fixedPort ?? (await freePort());
    const description = program(port);
    const server = await supervisor.start(description);
    const reached = await waitUntilReady(server, () => reach(port));
    if (reached !== undefined) return { program: server, port, reached };
    output = await endOfLog(description.logFile);
  }
  throw new Error(`it ended as soon as it had started: ${output}`);
}

/** Undefined when the server ended; throws the last failure when it is not ready in time. */
async function waitUntilReady<T>(server: RunningProgram, reach: () => Promise<T>): Promise<T | undefined> {
  const deadline = Date.now() + readyTimeoutMs;
  while (!server.hasExited) {
    try {
      return await reach();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(intervalMs);
    }
  }
  return undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
