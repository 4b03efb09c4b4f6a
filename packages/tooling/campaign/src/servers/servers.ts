import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Strategy } from '../strategies.ts';
import type { Order } from './order.ts';
import type { Methods } from './program.ts';
import type { Held, Target } from './target.ts';

/** A target, steered from the process of its clients. */
export interface SteeredTarget extends Target, AsyncDisposable {
  /** Lets something go wrong, in the place of what was armed before. Resolves when it is armed. */
  arm(order: Order): Promise<void>;
  /** Takes back what was armed. Resolves to whether it had struck. */
  disarm(): Promise<boolean>;
  /** Kills the database server after so long, and starts it again. Resolves when it answers. Only where it may crash. */
  crash(delayMs: number): Promise<void>;
  held(): Promise<Held>;
  /** Resolves when an HTTP endpoint holds nothing for its client any more: to whether only its idle limit ended it. */
  idle(): Promise<boolean>;
  /** Ends what an HTTP endpoint keeps and nobody has used for so long, as its own limit would. */
  expire(idleMs: number): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Engines, endpoints and relays in a process of their own: sockets and timers of this one are its clients' alone. */
export class Servers implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer) => this.#settle(answer as Answer));
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The servers have ended.'));
    });
  }

  static async start(): Promise<Servers> {
    const program = fileURLToPath(new URL('program.ts', import.meta.url));
    const child = fork(program, {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const servers = new Servers(child);
    await new Promise<unknown>((resolve, reject) => servers.#waiting.set(0, { resolve, reject }));
    return servers;
  }

  /** `mayCrash`: on a database server that can be killed and started again, and is slower for it. */
  async open(strategy: Strategy, { mayCrash = false } = {}): Promise<SteeredTarget> {
    const { key, target } = await this.#ask('open', strategy, mayCrash);
    return {
      ...target,
      arm: (order) => this.#ask('arm', key, order),
      disarm: () => this.#ask('disarm', key),
      crash: (delayMs) => this.#ask('crash', key, delayMs),
      held: () => this.#ask('held', key),
      idle: () => this.#ask('idle', key),
      expire: (idleMs) => this.#ask('expire', key, idleMs),
      [Symbol.asyncDispose]: () => this.#ask('close', key),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  #ask<M extends keyof Methods>(method: M, ...args: Parameters<Methods[M]>): ReturnType<Methods[M]> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.send({ id, method, args });
    return answer as ReturnType<Methods[M]>;
  }

  #settle({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}
