import type { Outcome } from '../errors.ts';
import { interrupted } from './interrupted.ts';

/**
 * Settles as `work` does, or rejects at once with `interrupted(signal, outcome)` when the signal is aborted. `abandon`
 * is called in that case: `work` goes on behind the caller's back, and somebody has to look after it.
 */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  outcome: Outcome,
  abandon?: () => void,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(interrupted(signal, outcome));
      abandon?.();
    };
    const forget = () => signal.removeEventListener('abort', onAbort);
    work.finally(forget).then(resolve, reject);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
