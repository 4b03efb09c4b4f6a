/** What is asked of `fetch`; a part of the standard's `RequestInit`. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  /** A text, but in Deno: see {@link sentOnce}. */
  readonly body?: string | Blob;
  readonly signal: AbortSignal;
  /** A redirect is never followed: it would carry the login elsewhere. */
  readonly redirect: 'manual';
  readonly cache?: 'no-store';
}

/** What is read of an answer; a part of the standard's `Response`. */
export interface FetchResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The standard's `fetch`, as far as it is used. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** The runtime's own, looked up at each call: a runtime may replace it, and some want it called on the global object. */
export const runtimeFetch: Fetch = (url, init) => globalThis.fetch(url, init);

/**
 * A body that is sent once. Deno's `fetch` sends a request again when it loses a kept-alive connection before the
 * answer, as if the server could not have served it (denoland/deno#32566); with a body that it reads as a stream it
 * does not. A GET has none: Deno may send one of the Data Service's twice.
 */
export function sentOnce(body: string): string | Blob {
  return 'Deno' in globalThis ? new Blob([body]) : body;
}
