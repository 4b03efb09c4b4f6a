/** What is asked of `fetch`; a part of the standard's `RequestInit`. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
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
