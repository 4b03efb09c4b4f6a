import { ConnectorError, type Outcome } from './errors.ts';
import { interrupted } from './spi/interrupted.ts';

/** What can end a call early: the caller's signal and its time limit, as one signal. */
export interface Interruption {
  readonly signal: AbortSignal | undefined;
  /** Must be called when the call has settled: stops the timer and the listening. */
  done(): void;
}

const NONE: Interruption = { signal: undefined, done: () => {} };

/** What limits a call. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** The signal of the transaction around the call. */
  readonly outerSignal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Throws `DATA` for limits that make no sense. */
export function interruptionOf(limits: CallLimits): Interruption {
  checkLimits(limits);
  const { signal, outerSignal, timeoutMs } = limits;
  if (timeoutMs === undefined) {
    if (outerSignal === undefined) return signal === undefined ? NONE : { signal, done: NONE.done };
    if (signal === undefined) return { signal: outerSignal, done: NONE.done };
  }
  const controller = new AbortController();
  const unfollow = follow(limits, controller);
  const stopTimer = expireAfter(timeoutMs, controller);
  return {
    signal: controller.signal,
    done() {
      stopTimer();
      unfollow();
    },
  };
}

/** Throws `DATA`, so that no typing mistake turns a limit off. */
export function checkLimits({ signal, timeoutMs }: CallLimits): void {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new ConnectorError('DATA', 'Option signal must be an AbortSignal.');
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw new ConnectorError('DATA', 'Option timeoutMs must be a number of milliseconds above 0.');
  }
}

/**
 * Aborts `controller` when one of the signals is aborted. Returns what stops the following: signals may outlive many
 * calls, so nothing of a call may stay on them.
 */
export function follow({ signal, outerSignal }: CallLimits, controller: AbortController): () => void {
  const signals = [signal, outerSignal].filter((each) => each !== undefined);
  const onAbort = () => controller.abort(signals.find((each) => each.aborted)?.reason);
  for (const each of signals) each.addEventListener('abort', onAbort, { once: true });
  if (signals.some((each) => each.aborted)) onAbort();
  return () => {
    for (const each of signals) each.removeEventListener('abort', onAbort);
  };
}

/** The longest that a timer can wait; a longer limit is none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Aborts `controller` with `TIMEOUT` after a time. Returns what stops the timer. */
export function expireAfter(timeoutMs: number | undefined, controller: AbortController): () => void {
  if (timeoutMs === undefined || timeoutMs > LONGEST_TIMER_MS) return NONE.done;
  const reason = () => new ConnectorError('TIMEOUT', `The call took longer than its timeoutMs of ${timeoutMs}.`);
  const timer = setTimeout(() => controller.abort(reason()), timeoutMs);
  return () => clearTimeout(timer);
}

/** Throws where the signal is aborted already, before anything was sent. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal, 'not-applied');
}

/** How {@link settleAtOnce} treats work that does not settle by itself after an abort. */
interface Abandonment<T> {
  /** What is then said of the work. */
  readonly outcome: Outcome;
  /** Gets the result that arrives too late, to clean it up. */
  readonly late?: (result: T) => void;
}

/**
 * Settles as `work` does, or soon after the signal is aborted: a driver is expected to settle at once, with an
 * outcome it knows; one that does not is not waited for.
 */
export function settleAtOnce<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  abandonment: Abandonment<T>,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    let settled = false;
    let grace: ReturnType<typeof setTimeout> | undefined;
    const settle = (deliver: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(grace);
      signal.removeEventListener('abort', onAbort);
      deliver();
    };
    const onAbort = () => {
      grace = setTimeout(() => settle(() => reject(interrupted(signal, abandonment.outcome))), 0);
    };
    work.then(
      (value) => (settled ? abandonment.late?.(value) : settle(() => resolve(value))),
      (error) => settle(() => reject(error)),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits, but not past an abort of one of the signals. */
export function pause(ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    for (const signal of signals) signal?.addEventListener('abort', end, { once: true });
    if (signals.some((signal) => signal?.aborted)) end();
  });
}
