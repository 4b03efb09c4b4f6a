import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type ArmedRelayFault,
  type RelayFault,
  type RelayFaultKind,
  type RelayFaultPlan,
  relayFaultKinds,
} from './fault.ts';
import { type RelayedBy, RelayedConnection } from './relayed-connection.ts';

/** What holds for all connections of a relay, those already open included, until it is changed. */
export interface RelayConditions {
  /** Added to each direction, ms. Default 0. */
  readonly latencyMs?: number;
  /** In each direction of each connection. Default: as fast as can be. */
  readonly bytesPerSecond?: number;
  /**
   * Accepts connections, passes nothing on and answers nothing. What was kept back is passed on when it ends, as
   * after a network that was away; until then neither side learns that the other has hung up.
   */
  readonly blackHole?: boolean;
  /** Does not listen: `ECONNREFUSED`. Open connections stay. */
  readonly refuse?: boolean;
}

/** A TCP relay before any endpoint, which fails on demand or by a plan. */
export interface Relay extends AsyncDisposable {
  /** `localhost`. */
  readonly host: string;
  readonly port: number;
  /** Connections of clients: open now, and accepted since the start. */
  readonly connections: { readonly open: number; readonly total: number };
  /** How often each fault was done: counted when it takes effect, not when it was chosen. */
  readonly faults: Readonly<Record<RelayFaultKind, number>>;
  /** Arms one fault; several are used up in order. Resolves when it was done. Goes before the plan. */
  once(fault: ArmedRelayFault): Promise<void>;
  /** Forgets the faults that are armed and not done. */
  disarm(): void;
  /** Follows a plan from now on, or none. */
  follow(plan: RelayFaultPlan | undefined): void;
  /** Changes some of the conditions; resolves when they hold. */
  change(conditions: RelayConditions): Promise<void>;
  /** Makes a black hole of every connection that is open, for good. New ones are passed on. */
  swallow(): void;
  /** Cuts every connection. New ones are accepted. */
  cut(how?: { readonly reset?: boolean }): void;
  /** Leads new connections to another address from now on. */
  retarget(target: { readonly host: string; readonly port: number }): void;
  /** Stops listening and cuts. */
  close(): Promise<void>;
}

export interface RelayOptions {
  /** The plan to follow from the start; see `randomFaults`. */
  readonly plan?: RelayFaultPlan;
  /** The conditions from the start. */
  readonly conditions?: Omit<RelayConditions, 'refuse'>;
}

interface Armed {
  readonly fault: ArmedRelayFault;
  readonly done: () => void;
}

/** Starts a relay on a free port of the loopback interface. */
export async function startRelay(
  target: { readonly host: string; readonly port: number },
  options: RelayOptions = {},
): Promise<Relay> {
  let plan = options.plan;
  let conditions: RelayConditions = { ...options.conditions };
  let armed: Armed[] = [];
  const underWay = new Map<RelayFault, () => void>();
  const open = new Set<RelayedConnection>();
  const faults = Object.fromEntries(relayFaultKinds.map((kind) => [kind, 0])) as Record<RelayFaultKind, number>;
  let total = 0;

  const take = (turn: number, text: () => string): RelayFault | undefined => {
    // Read once for each chunk, even if nobody matches it, so that no chunk is missing from it later.
    const sent = armed.some(({ fault }) => fault.pattern) ? text() : '';
    const found = armed.find(({ fault: { kind, pattern, fromTurn = 1 } }) => {
      if (turn === 0) return kind === 'refuse';
      return kind !== 'refuse' && turn >= fromTurn && (!pattern || sent.search(pattern) >= 0);
    });
    if (!found) return undefined;
    armed = armed.filter((other) => other !== found);
    underWay.set(found.fault, found.done);
    return found.fault;
  };

  const relay: RelayedBy & { target: { readonly host: string; readonly port: number } } = {
    target,
    get pace() {
      return { latencyMs: conditions.latencyMs ?? 0, bytesPerSecond: conditions.bytesPerSecond ?? Infinity };
    },
    get blackHole() {
      return conditions.blackHole ?? false;
    },
    choose(connection, turn, text, isNewTurn) {
      return take(turn, text) ?? (isNewTurn ? plan?.(connection, turn) : undefined);
    },
    done(fault) {
      faults[fault.kind]++;
      underWay.get(fault)?.();
      underWay.delete(fault);
    },
    closed: (connection) => open.delete(connection),
  };

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    total++;
    const fault = take(0, () => '') ?? plan?.(total, 0);
    if (fault?.kind === 'refuse') {
      refuse(client);
      relay.done(fault);
      return;
    }
    open.add(new RelayedConnection(client, total, relay));
  });
  await listen(server, 0);
  const { port } = server.address() as { port: number };

  const cut = (how: { readonly reset?: boolean } = {}): void => {
    for (const connection of open) connection.cut(how.reset);
  };
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      server.close();
      // Not when all connections are gone, but when no new one can come.
      resolve();
    });
  let closed = false;
  const running: Relay = {
    host: 'localhost',
    port,
    get connections() {
      return { open: open.size, total };
    },
    faults,
    once: (fault) => new Promise((done) => armed.push({ fault: { ...fault }, done })),
    disarm() {
      armed = [];
    },
    follow(next) {
      plan = next;
    },
    async change(next) {
      conditions = { ...conditions, ...next };
      if (next.blackHole !== undefined) for (const connection of open) connection.hold(next.blackHole);
      if (next.refuse === true && server.listening) await stopListening();
      if (next.refuse === false && !server.listening) await listenAgain(server, port);
    },
    swallow() {
      for (const connection of open) connection.swallow();
    },
    cut,
    retarget(next) {
      relay.target = next;
    },
    async close() {
      if (closed) return;
      closed = true;
      armed = [];
      conditions = {};
      if (server.listening) await stopListening();
      cut();
      while (open.size > 0) await pause(5);
    },
    [Symbol.asyncDispose]: () => running.close(),
  };
  return running;
}

function refuse(client: Socket): void {
  client.on('error', () => {});
  client.resetAndDestroy();
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Somebody's outgoing connection may have been given the port in the meantime; those end. */
async function listenAgain(server: Server, port: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen(server, port);
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(50);
    }
  }
}
