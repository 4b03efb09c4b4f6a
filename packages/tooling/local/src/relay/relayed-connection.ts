import { connect, type Socket } from 'node:net';
import type { RelayFault, RelayFaultKind } from './fault.ts';
import { Lane, type Pace } from './lane.ts';

/** What a connection asks of the relay it belongs to. */
export interface RelayedBy {
  readonly target: { readonly host: string; readonly port: number };
  /** The pace of every connection that has no fault of its own. */
  readonly pace: Pace;
  /** Whether nothing passes at present. */
  readonly blackHole: boolean;
  /** Chooses a fault: called when a turn begins, and again with each further chunk of it until there is one. */
  choose(connection: number, turn: number, text: () => string, isNewTurn: boolean): RelayFault | undefined;
  /** Called when a fault has been done. */
  done(fault: RelayFault): void;
  closed(connection: RelayedConnection): void;
}

/** What a pattern may look back on. */
const longestText = 65_536;
const defaults = { latencyMs: 100, bytesPerSecond: 1000, bytes: 1, quietMs: 25 };

/** One client's connection through a relay. */
export class RelayedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #number: number;
  readonly #relay: RelayedBy;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  #turn = 0;
  #serverSpoke = true;
  #text = '';
  /** The fault of this turn, or of an earlier one if it is not over yet. */
  #fault: RelayFault | undefined;
  #answerBegan = false;
  #quiet: NodeJS.Timeout | undefined;
  #clientGone = false;

  constructor(client: Socket, number: number, relay: RelayedBy) {
    this.#client = client;
    this.#number = number;
    this.#relay = relay;
    const { host, port } = relay.target;
    this.#upstream = connect({ host, port, noDelay: true, allowHalfOpen: true });
    this.#toServer = new Lane(client, this.#upstream);
    this.#toClient = new Lane(this.#upstream, client);
    this.hold(relay.blackHole);

    client.on('error', () => {});
    client.on('data', (chunk) => this.#fromClient(chunk));
    client.on('end', () => {
      if (this.#is('black-hole')) client.destroy();
      else this.#toServer.end(this.#pace('client'));
    });
    client.on('close', () => {
      this.#clientGone = true;
      // An answer that the server is left to finish, or a black hole of the whole relay: the server does not learn of it.
      if (!this.#quiet && !this.#relay.blackHole) this.#upstream.destroy();
      this.#reportClosed();
    });

    this.#upstream.on('error', () => {});
    this.#upstream.on('data', (chunk) => this.#fromServer(chunk));
    this.#upstream.on('end', () => {
      if (this.#is('cut-after-request') || this.#is('cut-in-reply')) this.#finish();
      else if (!this.#is('black-hole')) this.#toClient.end(this.#pace('server'));
    });
    this.#upstream.on('close', (hadError) => {
      clearTimeout(this.#quiet);
      // In order, what the server said last comes before its end.
      if (hadError && !this.#is('black-hole')) this.#client.destroy();
      this.#reportClosed();
    });
  }

  /** Keeps everything back, or passes on what was kept back. */
  hold(held: boolean): void {
    if (!held && this.#is('black-hole')) return;
    this.#toServer.hold(held);
    this.#toClient.hold(held);
    if (!held && this.#clientGone) this.#upstream.destroy();
  }

  /** Makes a black hole of it, whatever it is in the middle of. */
  swallow(): void {
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#fault = { kind: 'black-hole' };
    this.hold(true);
    this.#begin();
  }

  /** Cuts both sides at once. */
  cut(reset = false): void {
    end(this.#client, reset);
    end(this.#upstream, reset);
  }

  #fromClient(chunk: Buffer): void {
    if (this.#is('black-hole')) return;
    const isNewTurn = this.#serverSpoke;
    if (isNewTurn) {
      this.#turn++;
      this.#serverSpoke = false;
      this.#text = '';
      if (this.#is('latency') || this.#is('slow')) this.#fault = undefined;
    }
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#answerBegan = false;
    if (!this.#fault) {
      const text = (): string => {
        this.#text = (this.#text + chunk.toString('latin1')).slice(-longestText);
        return this.#text;
      };
      this.#fault = this.#relay.choose(this.#number, this.#turn, text, isNewTurn);
      if (this.#begin()) return;
    }
    this.#toServer.push(chunk, this.#pace('client'));
  }

  /** Does what has to be done when a fault is chosen; true when the chunk it was chosen for is not passed on. */
  #begin(): boolean {
    const fault = this.#fault;
    switch (fault?.kind) {
      case 'cut-before-request':
      case 'refuse':
        this.#relay.done(fault);
        this.cut(fault.reset);
        return true;
      case 'black-hole':
        this.#relay.done(fault);
        return true;
      case 'latency':
      case 'slow':
        this.#relay.done(fault);
        return false;
      default:
        return false;
    }
  }

  #fromServer(chunk: Buffer): void {
    this.#serverSpoke = true;
    const fault = this.#fault;
    switch (fault?.kind) {
      case 'black-hole':
        return;
      case 'cut-in-reply':
        if (!this.#answerBegan) this.#cutInReply(chunk, fault);
        this.#answerBegan = true;
        this.#awaitQuiet(fault);
        return;
      case 'cut-after-request':
        this.#answerBegan = true;
        this.#awaitQuiet(fault);
        return;
      default:
        this.#toClient.push(chunk, this.#pace('server'));
    }
  }

  #cutInReply(chunk: Buffer, fault: RelayFault): void {
    const passed = chunk.subarray(0, Math.min(fault.bytes ?? defaults.bytes, chunk.length - 1));
    this.#relay.done(fault);
    // Set before the client can notice, so that its end does not end the server's answer.
    this.#awaitQuiet(fault);
    this.#client.write(passed, () => end(this.#client, fault.reset));
  }

  /** (Re)starts the wait for the end of an answer. */
  #awaitQuiet(fault: RelayFault): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#finish(), fault.quietMs ?? defaults.quietMs);
  }

  /** The answer is over: completes a cut that had to wait for it. */
  #finish(): void {
    const fault = this.#fault!;
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    if (fault.kind === 'cut-after-request' && this.#answerBegan) this.#relay.done(fault);
    this.cut(fault.reset);
  }

  #reportClosed(): void {
    if (this.#client.closed && this.#upstream.closed) this.#relay.closed(this);
  }

  #pace(from: 'client' | 'server'): Pace {
    const { pace } = this.#relay;
    if (this.#fault?.kind === 'latency') return { ...pace, latencyMs: this.#fault.latencyMs ?? defaults.latencyMs };
    if (this.#fault?.kind === 'slow' && from === 'server') {
      return { ...pace, bytesPerSecond: this.#fault.bytesPerSecond ?? defaults.bytesPerSecond };
    }
    return pace;
  }

  #is(kind: RelayFaultKind): boolean {
    return this.#fault?.kind === kind;
  }
}

function end(socket: Socket, reset: boolean | undefined): void {
  if (reset) socket.resetAndDestroy();
  else socket.destroy();
}
