import { ConnectorError } from '../errors.ts';
import { untilAborted } from './until-aborted.ts';

/** How a connection of the user's own pool is waited for. */
export interface PoolWait<C> {
  readonly acquireTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Gives back a connection that came too late, unused. */
  giveBack(late: C): void;
}

/**
 * Waits for a connection that the user's own pool was `asked` for. Throws `TIMEOUT` after `acquireTimeoutMs`, what the
 * signal says as soon as it is aborted, or what the pool threw; always `not-applied`, the pool's own error excepted.
 */
export async function waitForPool<C>(
  asked: Promise<C>,
  { acquireTimeoutMs, signal, giveBack }: PoolWait<C>,
): Promise<C> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    const message = `The pool gave no connection within ${acquireTimeoutMs} ms. Inside the body of a transaction use tx, not the connection.`;
    late.abort(new ConnectorError('TIMEOUT', message));
  }, acquireTimeoutMs);
  const limit = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    return await untilAborted(asked, limit, 'not-applied', () => {
      asked.then(giveBack, () => {});
    });
  } finally {
    clearTimeout(timer);
  }
}
