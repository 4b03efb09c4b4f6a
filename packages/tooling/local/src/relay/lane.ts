import type { Socket } from 'node:net';

/** How late and how slowly bytes are passed on. */
export interface Pace {
  readonly latencyMs: number;
  /** Infinity: as fast as can be. */
  readonly bytesPerSecond: number;
}

interface Item {
  /** When to pass it on, by `performance.now()`. */
  readonly due: number;
  /** Undefined: the end. */
  readonly chunk: Buffer | undefined;
}

/** More than this is not taken from the source before it is passed on. */
const mostBytes = 1024 * 1024;
/** A slow chunk is passed on in this many pieces a second. */
const piecesPerSecond = 20;

/** One direction of a connection: passes bytes on in order, at a pace, and no faster than they are taken. */
export class Lane {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #queue: Item[] = [];
  #bytes = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;
  #blocked = false;
  #held = false;

  constructor(source: Socket, target: Socket) {
    this.#source = source;
    this.#target = target;
    target.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
    target.once('close', () => clearTimeout(this.#timer));
  }

  push(chunk: Buffer, pace: Pace): void {
    const size = Number.isFinite(pace.bytesPerSecond)
      ? Math.max(1, Math.floor(pace.bytesPerSecond / piecesPerSecond))
      : chunk.length;
    for (let start = 0; start < chunk.length; start += size) {
      const piece = chunk.subarray(start, start + size);
      this.#add(piece, pace.latencyMs, (piece.length / pace.bytesPerSecond) * 1000);
    }
    this.#pump();
  }

  /** Ends the target, behind what is still under way. */
  end(pace: Pace): void {
    this.#add(undefined, pace.latencyMs, 0);
    this.#pump();
  }

  /** Keeps back what comes and what is under way, until told otherwise. */
  hold(held: boolean): void {
    this.#held = held;
    this.#pump();
  }

  #add(chunk: Buffer | undefined, latencyMs: number, durationMs: number): void {
    this.#lastDue = Math.max(this.#lastDue, performance.now() + latencyMs) + durationMs;
    this.#queue.push({ due: this.#lastDue, chunk });
    this.#bytes += chunk?.length ?? 0;
    if (this.#bytes > mostBytes) this.#source.pause();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#blocked && !this.#held && !this.#target.destroyed) {
      const next = this.#queue[0];
      if (!next) break;
      const wait = next.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        break;
      }
      this.#queue.shift();
      if (next.chunk) {
        this.#bytes -= next.chunk.length;
        this.#blocked = !this.#target.write(next.chunk);
      } else {
        this.#target.end();
      }
    }
    if (this.#bytes <= mostBytes && this.#source.isPaused()) this.#source.resume();
  }
}
