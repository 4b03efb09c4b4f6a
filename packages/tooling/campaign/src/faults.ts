import type { ArmedRelayFault, Fault as DataApiFault, TidbFault } from '@sqlport/local';
import type { Random } from './random.ts';
import type { Order } from './servers/order.ts';
import { isTcp, type Strategy } from './strategies.ts';

/** A kind of fault that a strategy's wire can have. */
export interface FaultKind {
  readonly name: string;
  /** How often it is drawn, in relation to the others. */
  readonly weight: number;
  /**
   * Whether the client can know what became of a statement that it strikes. Where it can, `unknown` is a failure.
   * - `always`
   * - `undecided`: only of a step that decides nothing yet, such as a statement of a transaction
   * - `never`
   */
  readonly knowable: 'always' | 'undecided' | 'never';
  /** Whether it can leave one statement of a transaction done and the others not, with an error that says so. */
  readonly tears?: true;
  /** Whether it can still reach the operation that follows: a server that ends sessions takes its time. */
  readonly lingers?: true;
  /** Whether it is for operations that run one after the other only. */
  readonly alone?: true;
  /** Whether nothing comes back, so that an operation needs a limit to end. */
  readonly silent?: true;
  order(random: Random): Order;
}

/** Long against what an operation takes on a loaded machine: only what gets no answer at all reaches it. */
export const PATIENCE_MS = 20_000;
/** The answers of these servers come in one piece. */
const QUIET_MS = 5;

/** The kinds of fault that a strategy can meet. */
export function faultsOf(strategy: Strategy): readonly FaultKind[] {
  if (isTcp(strategy)) return [...onEveryWire('undecided'), ...ofServers];
  if (strategy !== 'tidb-serverless') return [...onEveryWire('undecided'), ...ofDataApi];
  // Without a reply nobody knows whether the statement ran in the transaction or, its session lost, by itself.
  return [...onEveryWire('never'), ...ofTidb];
}

/** `cut`: what a client can know of a request that was cut off. */
function onEveryWire(cut: FaultKind['knowable']): readonly FaultKind[] {
  return [
    relay('late', 8, 'always', (random) => ({ kind: 'latency', latencyMs: random.integer(1, 10) })),
    relay('slow bytes', 4, 'always', () => ({ kind: 'slow', bytesPerSecond: 50_000 })),
    relay('cut before the request', 20, cut, (random) => ({ kind: 'cut-before-request', reset: random.onceIn(2) })),
    relay('cut after the request', 20, cut, (random) => ({
      kind: 'cut-after-request',
      quietMs: QUIET_MS,
      reset: random.onceIn(2),
    })),
    relay('cut in the reply', 20, cut, (random) => ({
      kind: 'cut-in-reply',
      bytes: random.integer(1, 64),
      quietMs: QUIET_MS,
      reset: random.onceIn(2),
    })),
    { ...relay('black hole', 1, 'never', () => ({ kind: 'black-hole' })), silent: true },
    {
      name: 'connection refused',
      weight: 6,
      knowable: cut,
      order: () => ({ at: 'relay', fault: { kind: 'refuse' }, cut: true }),
    },
  ];
}

/** What a database server does to those who are connected to it. */
const ofServers: readonly FaultKind[] = [
  {
    name: 'sessions ended by the server',
    weight: 12,
    knowable: 'undecided',
    lingers: true,
    order: () => ({ at: 'terminate' }),
  },
  // A token's age counts in whole seconds: the gateway waits for the next one, and until then lets nobody in.
  { name: 'tokens expired', weight: 1, knowable: 'undecided', alone: true, order: () => ({ at: 'expire-tokens' }) },
];

const ofDataApi: readonly FaultKind[] = [
  dataApi('throttled (400)', 8, 'always', { fail: 'throttling' }),
  dataApi('throttled (429)', 8, 'always', { fail: 'too-many-requests' }),
  dataApi('resuming', 6, 'always', { fail: 'resuming' }),
  dataApi('503 before the statement', 8, 'undecided', { fail: 'service-unavailable' }),
  dataApi('503 after the statement', 8, 'undecided', { fail: 'service-unavailable', when: 'after' }),
  dataApi('500 before the statement', 6, 'undecided', { fail: 'internal-error' }),
  dataApi('500 after the statement', 6, 'undecided', { fail: 'internal-error', when: 'after' }),
  dataApi('504 after the statement', 6, 'undecided', { fail: 'database-unavailable', when: 'after' }),
];

const ofTidb: readonly FaultKind[] = [
  tidb('500 before the statement', 6, 'never', () => ({ kind: 'server-error', when: 'before' })),
  tidb('500 after the statement', 6, 'never', () => ({ kind: 'server-error', when: 'after' })),
  tidb('502 with HTML', 6, 'never', () => ({ kind: 'bad-gateway' })),
  tidb('conflict', 8, 'always', (random) => ({ kind: 'sql-error', errno: random.pick([8002, 8022, 8028, 9007]) })),
  { ...tidb('session lost', 10, 'never', () => ({ kind: 'swap-token' })), tears: true },
  tidb('session expired', 10, 'always', () => ({ kind: 'expired-session' })),
  tidb('body cut off', 10, 'never', () => ({ kind: 'cut-body' })),
  tidb('slow body', 4, 'always', (random) => ({ kind: 'slow-body', ms: random.integer(1, 10) })),
  tidb('no session in the reply', 6, 'never', () => ({ kind: 'no-session-header' })),
];

function relay(
  name: string,
  weight: number,
  knowable: FaultKind['knowable'],
  fault: (random: Random) => ArmedRelayFault,
): FaultKind {
  return { name, weight, knowable, order: (random) => ({ at: 'relay', fault: fault(random) }) };
}

function dataApi(name: string, weight: number, knowable: FaultKind['knowable'], fault: DataApiFault): FaultKind {
  return { name, weight, knowable, order: () => ({ at: 'data-api', fault: { ...fault, times: 1 } }) };
}

function tidb(
  name: string,
  weight: number,
  knowable: FaultKind['knowable'],
  fault: (random: Random) => TidbFault,
): FaultKind {
  return { name, weight, knowable, order: (random) => ({ at: 'tidb', fault: fault(random) }) };
}
