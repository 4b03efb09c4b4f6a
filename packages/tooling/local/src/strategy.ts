import type { CertificateAuthority } from './certificates.ts';
import type { Engine } from './engine.ts';
import type { EngineName, LocalCredentials } from './local.ts';

/** What all strategies of one `Local` share. */
export interface StrategySettings {
  readonly region: string;
  /** Now, in ms since the epoch. */
  readonly clock: () => number;
  readonly log: (line: string) => void;
  /** To be called with the text of each statement that was asked for. */
  readonly onStatement: (text: string) => void;
  readonly authority: CertificateAuthority;
  readonly credentials: LocalCredentials;
  /** Users that may log in; grows while the strategies run. */
  readonly users: ReadonlySet<string>;
}

/**
 * One way in to an engine, as a cloud service offers it: an endpoint on the network, and what a client has to be told
 * to reach it. `Config` is the adapter's configuration, `Endpoint` what tests steer it with.
 */
export interface Strategy<Config = unknown, Endpoint = unknown, Defaults = unknown> {
  readonly engine: EngineName;
  /** The name of the adapter that reaches it. */
  readonly adapter: string;
  open(engine: Engine, settings: StrategySettings): Promise<OpenStrategy<Config, Endpoint, Defaults>>;
}

export interface OpenStrategy<Config = unknown, Endpoint = unknown, Defaults = unknown> {
  readonly endpoint: Endpoint;
  /** The part of the configuration that no URL may hold. */
  readonly defaults: Defaults;
  config(database: string): Config;
  /** The same as a URL, without the `defaults`. */
  url(database: string): string;
  /** Learns of a user who has been made since; `StrategySettings.users` has them from then on. */
  admit?(user: string): void;
  /** Stops listening, cuts all clients, and waits until nothing is left on the engine. */
  close(): Promise<void>;
}
