/**
 * What a relay can do to a connection.
 *
 * A relay reads no protocol. It counts *turns*: a turn begins with the first bytes of a client that has been spoken to
 * since it last spoke, and its answer is what the server sends until the next turn. Where client and server take turns,
 * as they do in HTTP/1 and in the protocols of PostgreSQL and MySQL without pipelining, one turn is one request, also
 * inside TLS. A TLS handshake and a login are turns too.
 *
 * - `latency`: the turn's bytes and its answer are each late by `latencyMs`. Nothing is lost.
 * - `slow`: the answer trickles at `bytesPerSecond`. Nothing is lost.
 * - `cut-before-request`: both sides are cut. The server gets no byte of the turn; with a `pattern`, no byte of the
 *   chunk that completed the match, so that it never has the whole request.
 * - `cut-after-request`: the server gets all of the turn, and time to answer it to the end; the client gets no byte of
 *   the answer. Both are cut when the answer has begun and neither side has sent anything for `quietMs`. A server that
 *   is silent for longer than that inside of one answer is cut there.
 * - `cut-in-reply`: the client gets `bytes` bytes of the answer, or all but one of its first chunk if that is less, and
 *   is cut. The server is left to finish its answer, as above.
 * - `black-hole`: from this turn on nothing is passed on, in neither direction, and nothing is cut. The server is left
 *   when the client hangs up.
 * - `refuse`: the connection is reset as soon as it is accepted; the server never hears of it.
 */
export type RelayFaultKind =
  | 'latency'
  | 'slow'
  | 'cut-before-request'
  | 'cut-after-request'
  | 'cut-in-reply'
  | 'black-hole'
  | 'refuse';

export const relayFaultKinds: readonly RelayFaultKind[] = [
  'latency',
  'slow',
  'cut-before-request',
  'cut-after-request',
  'cut-in-reply',
  'black-hole',
  'refuse',
];

export interface RelayFault {
  readonly kind: RelayFaultKind;
  /** For `latency`; default 100. */
  readonly latencyMs?: number;
  /** For `slow`; default 1000. */
  readonly bytesPerSecond?: number;
  /** For `cut-in-reply`; default 1. */
  readonly bytes?: number;
  /** Whether a cut is a reset (RST) instead of an orderly end (FIN). Default false. */
  readonly reset?: boolean;
  /** For `cut-after-request` and `cut-in-reply`: the silence that ends an answer. Default 25. */
  readonly quietMs?: number;
}

/** A fault that is to happen once, at the first turn it fits. */
export interface ArmedRelayFault extends RelayFault {
  /**
   * Matched against what the client has sent in this turn, as latin1 and no more than its last 64 KiB: for wires that
   * are not encrypted. Without it every turn fits.
   */
  readonly pattern?: RegExp;
  /** The first turn of a connection that fits, counted from 1; to let a handshake and a login pass. Default 1. */
  readonly fromTurn?: number;
}

/**
 * Decides what happens to a turn of a connection; both are counted from 1, connections in the order in which they were
 * accepted. Turn 0 is the moment of acceptance, where `refuse` is possible, and nothing else.
 */
export type RelayFaultPlan = (connection: number, turn: number) => RelayFault | undefined;
