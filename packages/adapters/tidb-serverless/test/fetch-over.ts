import type { Fetch } from '../src/index.ts';

/** A `fetch` that leads every request to a port of this machine, in plaintext. */
export function fetchOver(port: number): Fetch {
  return (url, init) => fetch(`http://127.0.0.1:${port}${new URL(url).pathname}`, init);
}
