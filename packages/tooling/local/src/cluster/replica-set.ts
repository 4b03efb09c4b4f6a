/** One of the servers of a cluster. */
export interface Replica {
  /** URL of a superuser, past every endpoint. */
  readonly url: string;
  readonly address: { readonly host: string; readonly port: number };
  /** False also for one that is of no use any more before it is restarted. */
  readonly isRunning: boolean;
}

/** Real servers of one engine that replicate: what is different for each engine. Servers are named by their index. */
export interface ReplicaSet {
  readonly kind: 'PostgreSQL' | 'MySQL';
  readonly version: string;
  readonly replicas: readonly Replica[];
  /** Makes readers of all servers but the first, following it. Called once, when the first holds its first data. */
  begin(): Promise<void>;
  /**
   * Makes another server the writer, with everything that the old one has acknowledged if that one still runs. The old
   * one becomes a reader, if it runs; every other reader follows the new one.
   *
   * @param keepSessions whether the old one's sessions stay, less those in a transaction, and can only read. Where the
   *   engine cannot make a reader of a server that has sessions, it is of no use any more before it is restarted.
   */
  switchOver(from: number, to: number, keepSessions: boolean): Promise<void>;
  /** The running reader that has got most from the writer. */
  mostAdvanced(writer: number): Promise<number>;
  /** Stops a reader from applying what it gets, or lets it go on. */
  hold(reader: number, held: boolean): Promise<void>;
  /** Resolves when every running reader, but those that are held, has what the writer has now. */
  caughtUp(writer: number): Promise<void>;
  /** Ends a server at once, as a crash does. */
  kill(replica: number): Promise<void>;
  /** Starts it again: the writer where it left off, any other as a reader that follows the writer. */
  restart(replica: number, writer: number): Promise<void>;
}
