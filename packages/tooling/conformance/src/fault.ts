import type { Adapter } from '@sqlport/core/spi';

/** What can go wrong between an adapter and its database, as far as a target can bring it about. */
export type FaultName =
  /** Nothing listens where the adapter connects to. */
  | 'unreachable'
  /** The host name does not exist. */
  | 'unknown-host'
  | 'wrong-database'
  /** A user, password or token that the server refuses. */
  | 'wrong-login'
  /** A login that was right once and has expired. */
  | 'expired-login'
  /** A token that was signed for another region. */
  | 'wrong-region'
  /** The certificate is for another host. */
  | 'wrong-host-name'
  /** The certificate is by an authority that the adapter does not trust. */
  | 'foreign-ca'
  | 'expired-certificate'
  /** The server offers no TLS. */
  | 'plaintext-server'
  /** One physical connection in all, and about a second of waiting for it. */
  | 'small-pool'
  /** A reader that cannot be reached, and a writer that can. */
  | 'dead-reader'
  /** The same, where the writer is not to answer in its place. */
  | 'dead-reader-alone'
  /** {@link FaultySetup.cut} works. */
  | 'cut'
  /** The connection is lost when the server answers COMMIT, or a statement with `lost answer` in it. */
  | 'lost-answer';

/** An adapter that meets the fault. */
export interface FaultySetup<A = Adapter> {
  readonly adapter: A;
  /** For `cut`: ends every connection of this adapter without a word, as a server that dies. Resolves when they are gone. */
  cut?(): Promise<void>;
  /** Called after the case, when its connections are closed: makes the target whole again. */
  end?(): void | Promise<void>;
}

/** The faults that a target can bring about; cases that need another are skipped. */
export type Faults<A = Adapter> = {
  readonly [name in FaultName]?: () => FaultySetup<A> | Promise<FaultySetup<A>>;
};
