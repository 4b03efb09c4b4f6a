import type { ErrorCode } from '@sqlport/dialect';
import { type ConnectorError, isConnectorError, type Outcome, revised } from './errors.ts';
import { pause } from './interruption.ts';
import { interrupted } from './spi/interrupted.ts';

/**
 * How core repeats work by itself: what certainly had no effect, or is declared idempotent, and may succeed at another
 * try. A writer that only reads, because another has taken its place, is part of that.
 */
export interface RetryOptions {
  /** Tries in all. Default 3; a database that resumes from a pause is asked again until the budget is spent. */
  readonly attempts?: number | undefined;
  /** Longest time from the first try to the last, in milliseconds. Default 30,000. */
  readonly budgetMs?: number | undefined;
}

/** One try. */
export const NEVER: RetryOptions = { attempts: 1, budgetMs: 0 };

const PASSING: ReadonlySet<ErrorCode> = new Set(['RESUMING', 'THROTTLED', 'UNREACHABLE']);
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** What can end the repetition early. */
interface RetryLimits extends RetryOptions {
  /** True where repeating an `unknown` outcome does no harm. */
  readonly idempotent?: boolean | undefined;
  readonly signal: AbortSignal | undefined;
  /** True in a transaction: what the database itself has replied, the transaction has seen, and may be over. */
  readonly keepReplies?: boolean;
  /** True where a server that only reads has just ceased to be the writer, most likely: another try meets the new one. */
  readonly needsWriter?: boolean;
  /** Aborted when the connection closes: a pause ends, and no further try follows. */
  readonly closing: AbortSignal;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the budget is spent; then the last error is thrown, with
 * the outcome `unknown` if that was the outcome of any try.
 * Delays have full jitter: a uniform share of a ceiling that doubles.
 */
export async function retrying<T>(attempt: (number: number) => Promise<T>, limits: RetryLimits): Promise<T> {
  const { attempts = 3, budgetMs = 30_000, keepReplies = false, signal, closing } = limits;
  const startedAt = Date.now();
  let outcome: Outcome = 'not-applied';
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (!isConnectorError(error)) throw error;
      if (error.outcome !== 'not-applied') outcome = error.outcome;
      const last = error.outcome === outcome ? error : revised(error, { outcome });
      if (signal?.aborted || !isPassing(error, limits)) throw last;
      if (keepReplies && error.sqlState !== undefined) throw last;
      if (number >= attempts && error.code !== 'RESUMING') throw last;
      const delay = Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** number);
      if (Date.now() - startedAt + delay > budgetMs) throw last;
      await pause(delay, [signal, closing]);
      if (signal?.aborted) throw interrupted(signal, outcome);
      if (closing.aborted) throw interrupted(closing, outcome);
    }
  }
}

function isPassing({ code, outcome }: ConnectorError, { idempotent, needsWriter }: RetryLimits): boolean {
  if (!PASSING.has(code) && !(needsWriter && code === 'READ_ONLY')) return false;
  return outcome === 'not-applied' || (idempotent === true && outcome === 'unknown');
}
