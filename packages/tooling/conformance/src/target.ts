import type { Adapter, Dialect } from '@sqlport/core/spi';
import type { Faults } from './fault.ts';

/** An adapter package as `defineConnector` loads it, with a configuration that works. */
export interface TargetModule {
  readonly adapter: (config: never) => Adapter;
  /** Answers a configuration. */
  readonly fromUrl: (url: string) => object;
  readonly config: object;
  /** False where its URLs name no user, password and server. Default true. */
  readonly urlsNameServers?: boolean;
}

/** An adapter under test, on a database of its own. */
export interface Target {
  /** Unique; reports are filed under it. */
  readonly name: string;
  readonly dialect: Dialect;
  /**
   * A fresh adapter, on a database that is private to this target and was empty at the start. The user may create
   * tables, types and routines in it, and see and end sessions of its own.
   */
  readonly adapter: () => Adapter | Promise<Adapter>;
  /**
   * Where this adapter differs from the TCP adapter of its dialect: the reason, by case id. Such a case must fail; one
   * that passes all the same is an error, so that the list stays true.
   */
  readonly divergences?: Readonly<Record<string, string>>;
  readonly faults?: Faults;
  /**
   * `requests` where each statement is a request of its own, for which the server chooses a session: then cases about
   * physical connections of the adapter's own are skipped. Default `connections`.
   */
  readonly wire?: 'connections' | 'requests';
  /** Left out: cases about configurations and URLs are skipped. */
  readonly module?: TargetModule;
  /** Passwords, keys and other texts that no error, event or log may hold. */
  readonly secrets?: readonly string[];
}
