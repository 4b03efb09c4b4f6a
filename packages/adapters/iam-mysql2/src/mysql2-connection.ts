/**
 * The slice of a `mysql2` connection that this adapter uses. Statements go through `addCommand`, the queue that
 * every method of mysql2's own goes through: see {@link TextQuery} for why.
 */
export interface Mysql2Connection {
  readonly config: { readonly clientFlags: number };
  /** What the server can do, from its greeting. */
  readonly serverCapabilityFlags: number;
  /** The server's id of the connection. */
  readonly threadId: number;
  /** The socket, from the handshake on the one that speaks TLS. */
  readonly stream: Mysql2Socket;
  addCommand(command: Mysql2Command): unknown;
  writePacket(packet: OutgoingPacket): void;
  /** Starts the packet numbers of a new command. */
  _resetSequenceId(): void;
  /** Stops reading from the socket: back-pressure that reaches the server. */
  pause(): void;
  resume(): void;
  /** Sends COM_QUIT, upon which the server hangs up. */
  end(): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  once(event: 'error' | 'connect', listener: (error?: Error) => void): unknown;
}

/** `net.Socket` or `tls.TLSSocket`. */
interface Mysql2Socket {
  readonly destroyed: boolean;
  readonly encrypted?: boolean;
  readonly authorized?: boolean;
  readonly authorizationError?: Error | string | null;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  on(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** A command in mysql2's queue. */
export interface Mysql2Command {
  /**
   * Called without a packet when it is the command's turn to write, then once for each packet of the answer.
   * Returns true with the last one. What it throws costs the connection.
   */
  execute(packet: IncomingPacket | undefined, connection: Mysql2Connection): boolean;
  /** Called when the connection is lost before the command is done. */
  onResult(error: Error): void;
}

/** A packet of the server's. mysql2 reuses the object: it is good until `execute` returns. */
export interface IncomingPacket {
  readonly buffer: Buffer;
  /** Where reading goes on, at first behind the packet's header of 4 bytes. */
  offset: number;
  readonly end: number;
  isError(): boolean;
  isEOF(): boolean;
  /** The status flags of an EOF packet. */
  eofStatusFlags(): number;
  asError(encoding: string): Mysql2Error;
}

/** A packet of ours: `buffer` begins with 4 bytes for its header. */
export interface OutgoingPacket {
  readonly buffer: Buffer;
  /** Of what comes behind the header. */
  length(): number;
  writeHeader(sequenceId: number): void;
}

/** What mysql2 makes of the server's error packet, and of what goes wrong with the socket. */
export interface Mysql2Error extends Error {
  readonly code?: string;
  /** The server's error number; a system's error number, or none, where the error is not the server's. */
  readonly errno?: number;
  readonly sqlState?: string;
}
