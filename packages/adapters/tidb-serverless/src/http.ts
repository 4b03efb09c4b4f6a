import { interrupted, isConnectorError } from '@sqlport/core/spi';
import { type Fetch, type FetchInit, type FetchResponse, sentOnce } from './fetch.ts';
import { fetchError, lostAnswer, redirected, requestTimeout } from './request-error.ts';

/** An answer that has arrived completely. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: FetchResponse['headers'];
  readonly body: string;
}

/** What ends a request early. */
export interface RequestLimits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * Sends one request and reads its answer, whatever its status. Settles at once when a limit is reached, also where
 * `fetch` does not obey its signal.
 * Throws `ABORTED` or `TIMEOUT` (unknown), `UNREACHABLE` or `CONFIG` as {@link fetchError} says, and `CONFIG` for a redirect.
 */
export async function exchange(
  fetch: Fetch,
  url: string,
  { body, ...init }: Omit<FetchInit, 'signal' | 'redirect' | 'body'> & { readonly body?: string },
  { signal, timeoutMs }: RequestLimits,
): Promise<HttpAnswer> {
  if (signal?.aborted) throw interrupted(signal, 'not-applied');
  const controller = new AbortController();
  let onAbort = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(interrupted(signal!, 'unknown'));
    signal?.addEventListener('abort', onAbort, { once: true });
    timer = setTimeout(() => reject(requestTimeout(timeoutMs)), timeoutMs);
  });
  try {
    const sent = body === undefined ? init : { ...init, body: sentOnce(body) };
    const answer = read(fetch, url, { ...sent, redirect: 'manual', signal: controller.signal });
    return await Promise.race([answer, stopped]);
  } catch (error) {
    // Also for a body that nobody reads: it would hold its connection.
    controller.abort();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function read(fetch: Fetch, url: string, init: FetchInit): Promise<HttpAnswer> {
  let response: FetchResponse;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw fetchError(error);
  }
  try {
    const { status, statusText, headers } = response;
    // 0: browsers show nothing of a redirect that is not followed.
    if (status === 0 || (status >= 300 && status < 400)) throw redirected();
    return { status, statusText, headers, body: await response.text() };
  } catch (error) {
    throw isConnectorError(error) ? error : lostAnswer(error);
  }
}
