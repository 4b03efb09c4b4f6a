import type { Agent } from 'node:http';
import type { Socket } from 'node:net';

/** Well below the time after which AWS ends an idle connection. */
const IDLE_MS = 4_000;

/** The part of the AWS SDK's handler that shows its agents; other handlers have their own way with sockets. */
interface AgentHolder {
  httpHandlerConfigs?(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };
}

/** Since when sockets are idle. One for all: agents may be shared, and each of them is listened to once. */
const idleSince = new WeakMap<Socket, number>();
const onFree = (socket: Socket): void => void idleSince.set(socket, Date.now());
/** How many want an agent to be listened to. */
const watchers = new WeakMap<Agent, number>();

/**
 * Drops sockets that have been idle for long, by wall clock. A process that was frozen wakes up with sockets that died
 * meanwhile, and a request on one of those fails without anybody knowing whether it was run.
 */
export class IdleSockets {
  readonly #handler: AgentHolder | undefined;
  readonly #watched = new Set<Agent>();

  constructor(handler: unknown) {
    this.#handler = handler as AgentHolder | undefined;
  }

  /** To be called before each request. */
  drop(): void {
    const now = Date.now();
    for (const agent of this.#agents()) {
      this.#watch(agent);
      for (const socket of freeSocketsOf(agent)) {
        const since = idleSince.get(socket) ?? 0;
        // A clock that was set back says nothing about age any more.
        if (now < since || now - since > IDLE_MS) socket.destroy();
      }
    }
  }

  /** To be called after each request: the SDK makes its agents with the first one. */
  watch(): void {
    for (const agent of this.#agents()) {
      if (this.#watched.has(agent)) continue;
      this.#watch(agent);
      for (const socket of freeSocketsOf(agent)) onFree(socket);
    }
  }

  /** Stops watching: the agent may be the user's own. */
  end(): void {
    for (const agent of this.#watched) {
      const left = watchers.get(agent)! - 1;
      watchers.set(agent, left);
      if (left === 0) agent.off('free', onFree);
    }
    this.#watched.clear();
  }

  #agents(): readonly Agent[] {
    const { httpAgent, httpsAgent } = this.#handler?.httpHandlerConfigs?.() ?? {};
    return [httpAgent, httpsAgent].filter((agent) => agent?.freeSockets !== undefined) as Agent[];
  }

  #watch(agent: Agent): void {
    if (this.#watched.has(agent)) return;
    this.#watched.add(agent);
    const others = watchers.get(agent) ?? 0;
    watchers.set(agent, others + 1);
    if (others === 0) agent.on('free', onFree);
  }
}

function freeSocketsOf(agent: Agent): readonly Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
}
