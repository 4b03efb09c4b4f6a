import { type TidbServerlessServerConfig, tidbServerless } from '../src/index.ts';
import { fetchOver } from './fetch-over.ts';

/** A configuration that can be written as JSON, for a process of its own. */
export interface OverPort extends Omit<TidbServerlessServerConfig, 'fetch'> {
  /** A port of this machine that takes requests in plaintext. */
  readonly port: number;
}

/** The adapter over Node's own `fetch`, with every request led to a port of this machine. */
export function adapter({ port, ...config }: OverPort) {
  return tidbServerless({ ...config, fetch: fetchOver(port) });
}
