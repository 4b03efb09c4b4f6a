/** Loaded before a program, by `--import`: its `fetch` finds local servers under the names of the cloud's. */
import { ORIGINS } from './origins.ts';

const origins: Readonly<Record<string, string>> = JSON.parse(process.env[ORIGINS]!);
const { fetch } = globalThis;

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  const { origin, pathname, search } = new URL(request.url);
  const local = origins[origin];
  return fetch(local === undefined ? request : new Request(local + pathname + search, request));
};
