import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SETTLE_MS, settled } from './settled.ts';

/** What this process holds at one moment. */
interface Reading {
  /** Sockets, timers and the like that keep it alive, by their kind. */
  readonly resources: ReadonlyMap<string, number>;
  /** Listeners of the process itself. */
  readonly listeners: number;
}

/** Watches this process from now on: what is left behind, and what nobody caught. */
export class ProcessWatch implements Disposable {
  readonly #before: Reading;
  readonly #rejections: string[] = [];
  readonly #onRejection = (reason: unknown): void => void this.#rejections.push(String(reason));

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
    this.#before = read();
  }

  /** Waits until nothing is left, or for so long. Resolves to what is wrong, in words. */
  async leaks(settleMs = SETTLE_MS): Promise<readonly string[]> {
    const left = await settled(() => this.#left(), settleMs);
    return [...left, ...this.#rejections.map((reason) => `a rejection that nobody caught: ${reason}`)];
  }

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#onRejection);
  }

  #left(): string[] {
    const now = read();
    const left: string[] = [];
    for (const [kind, count] of now.resources) {
      const before = this.#before.resources.get(kind) ?? 0;
      if (count > before) left.push(`${count - before} ${kind} left in this process`);
    }
    if (now.listeners > this.#before.listeners) left.push('listeners left on this process');
    return left;
  }
}

function read(): Reading {
  // These open when they are first asked for, stay open, and count as pipes where they are some.
  void [process.stdout, process.stderr];
  const resources = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) resources.set(kind, (resources.get(kind) ?? 0) + 1);
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { resources, listeners };
}

/** Bytes in use when all that can be freed is. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
