/** The listeners that were added to a signal since it is watched. */
export interface Listeners {
  /** How often one was added. */
  added: number;
  /** Those that were not removed. */
  readonly left: ReadonlySet<unknown>;
}

/** Watches what is added to a signal that never fires, and removed from it. Needs nothing but the web's own. */
export function watchListeners(signal: AbortSignal): Listeners {
  const left = new Set<unknown>();
  const listeners = { added: 0, left };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listeners.added += 1;
    left.add(args[1]);
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    left.delete(args[1]);
    Reflect.apply(removeEventListener, signal, args);
  };
  return listeners;
}
