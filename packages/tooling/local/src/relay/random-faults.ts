import type { RelayFault, RelayFaultKind, RelayFaultPlan } from './fault.ts';

export interface RandomFaultOptions {
  /** The same seed gives the same faults to the same turns, whatever the timing. */
  readonly seed: number;
  /** The share of turns that get a fault, 0 to 1. Default 0.1. */
  readonly rate?: number;
  /** How often each kind is drawn, in relation to the others; kinds that are left out are not. Default: all equal. */
  readonly weights?: Partial<Readonly<Record<RelayFaultKind, number>>>;
  /** The first turn of a connection that may get one: to let handshake and login pass. Default 1; `refuse` is at 0. */
  readonly fromTurn?: number;
  /** The longest latency, ms. Default 100. */
  readonly longestLatencyMs?: number;
}

const everyKind: Readonly<Record<RelayFaultKind, number>> = {
  latency: 1,
  slow: 1,
  'cut-before-request': 1,
  'cut-after-request': 1,
  'cut-in-reply': 1,
  'black-hole': 1,
  refuse: 1,
};

/** A plan drawn from a seed. It is a function of the two numbers alone, so that it can be asked again afterwards. */
export function randomFaults(options: RandomFaultOptions): RelayFaultPlan {
  const { seed, rate = 0.1, weights = everyKind, fromTurn = 1, longestLatencyMs = 100 } = options;
  const kinds = Object.entries(weights) as [RelayFaultKind, number][];
  if (!(rate >= 0 && rate <= 1)) throw new RangeError('randomFaults: rate must be between 0 and 1');
  if (!Number.isSafeInteger(seed)) throw new RangeError('randomFaults: seed must be an integer');

  return (connection, turn) => {
    const atAcceptance = turn === 0;
    if (!atAcceptance && turn < fromTurn) return undefined;
    const random = randomNumbers(seed, connection, turn);
    if (random() >= rate) return undefined;
    const kind = draw(
      kinds.filter(([name]) => (name === 'refuse') === atAcceptance),
      random(),
    );
    if (kind === undefined) return undefined;
    const fault: RelayFault = {
      kind,
      latencyMs: 1 + Math.floor(random() * longestLatencyMs),
      bytesPerSecond: 200 + Math.floor(random() * 20_000),
      bytes: 1 + Math.floor(random() * 64),
      reset: random() < 0.5,
    };
    return fault;
  };
}

/** One of several by weight, for a number from 0 to 1; undefined when there is none. */
function draw(kinds: readonly (readonly [RelayFaultKind, number])[], at: number): RelayFaultKind | undefined {
  let rest = at * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of kinds) {
    rest -= weight;
    if (rest < 0) return kind;
  }
  return undefined;
}

/** A sequence that follows from the three numbers: splitmix32 over a hash of them. */
function randomNumbers(...seeds: readonly number[]): () => number {
  let state = 0;
  for (const seed of seeds) state = mix((state ^ seed) + 0x9e3779b9);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
