import type { Adapter } from '@sqlport/core';
import { closedPort } from './closed-port.ts';
import type { Faults } from './fault.ts';
import { startRelay } from './relay.ts';

/** What {@link httpFaults} needs to know of an adapter that sends HTTP requests. */
export interface HttpEnvironment<A = Adapter> {
  /** Makes an adapter of the good configuration whose requests go, in plaintext, to a port of this machine. */
  over(port: number): A;
  /** Where the endpoint listens on 127.0.0.1. */
  readonly port: number;
  /** Ends the sessions that the endpoint has at the database, as if its server had died. */
  endSessions(): Promise<void>;
}

/** Brings about the faults of the network between an adapter that sends HTTP requests and its endpoint. */
export function httpFaults<A = Adapter>({ over, port, endSessions }: HttpEnvironment<A>) {
  const relayed = async (cutAfter?: RegExp) => {
    const relay = await startRelay({ host: '127.0.0.1', port }, cutAfter);
    return {
      adapter: over(relay.port),
      async cut() {
        await relay.cut();
        // Over HTTP a session outlives its connections, but not its server.
        await endSessions();
      },
      end: () => relay.close(),
    };
  };
  return {
    unreachable: async () => ({ adapter: over(await closedPort()) }),
    cut: () => relayed(),
    'lost-answer': () => relayed(/\bcommit(transaction)?\b|lost answer/i),
  } satisfies Faults<A>;
}
