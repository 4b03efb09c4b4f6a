import type { Agent } from 'node:http';
import type { Socket } from 'node:net';

/** Well below the time after which AWS ends an idle connection. */
const IDLE_MS = 4_000;

/** The part of the AWS SDK's handler that shows its agents; other handlers have their own way with sockets. */
interface AgentHolder {
  httpHandlerConfigs?(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };
}

/**
 * Drops sockets that have been idle for long, by wall clock. A process that was frozen wakes up with sockets that died
 * meanwhile, and a request on one of those fails without anybody knowing whether it was run.
 */
export class IdleSockets {
  readonly #handler: AgentHolder | undefined;
  readonly #watched = new Set<Agent>();
  readonly #idleSince = new WeakMap<Socket, number>();

  constructor(handler: unknown) {
    this.#handler = handler as AgentHolder | undefined;
  }

  /** To be called before each request. */
  drop(): void {
    const { httpAgent, httpsAgent } = this.#handler?.httpHandlerConfigs?.() ?? {};
    const now = Date.now();
    for (const agent of [httpAgent, httpsAgent]) {
      if (agent?.freeSockets === undefined) continue;
      this.#watch(agent);
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of [...(sockets ?? [])]) {
          const since = this.#idleSince.get(socket) ?? 0;
          // A clock that was set back says nothing about age any more.
          if (now < since || now - since > IDLE_MS) socket.destroy();
        }
      }
    }
  }

  /** Stops watching: the agent may be the user's own. */
  end(): void {
    for (const agent of this.#watched) agent.off('free', this.#onFree);
  }

  #watch(agent: Agent): void {
    if (this.#watched.has(agent)) return;
    this.#watched.add(agent);
    agent.on('free', this.#onFree);
  }

  readonly #onFree = (socket: Socket): void => {
    this.#idleSince.set(socket, Date.now());
  };
}
